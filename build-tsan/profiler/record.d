build-tsan/profiler/record.o: profiler/record.c profiler/collect.h \
 profiler/source.h profiler/cpus.h profiler/options.h bpf/unwind.h \
 bpf/unwind_state.h profiler/tables.h profiler/commands.h profiler/ksym.h \
 profiler/ledger.h profiler/tracker.h symbolize/symbolizer.h \
 symbolize/debuginfo.h symbolize/elf_image.h profiler/log.h \
 profiler/naming.h profiler/report.h profiler/results.h profiler/target.h
profiler/collect.h:
profiler/source.h:
profiler/cpus.h:
profiler/options.h:
bpf/unwind.h:
bpf/unwind_state.h:
profiler/tables.h:
profiler/commands.h:
profiler/ksym.h:
profiler/ledger.h:
profiler/tracker.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
profiler/log.h:
profiler/naming.h:
profiler/report.h:
profiler/results.h:
profiler/target.h:
