build-tsan/profiler/ledger.o: profiler/ledger.c profiler/ledger.h \
 profiler/source.h profiler/cpus.h profiler/options.h bpf/unwind.h \
 bpf/unwind_state.h profiler/tables.h profiler/tracker.h \
 symbolize/symbolizer.h symbolize/debuginfo.h symbolize/elf_image.h \
 profiler/log.h
profiler/ledger.h:
profiler/source.h:
profiler/cpus.h:
profiler/options.h:
bpf/unwind.h:
bpf/unwind_state.h:
profiler/tables.h:
profiler/tracker.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
profiler/log.h:
