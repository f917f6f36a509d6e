build-tsan/profiler/report.o: profiler/report.c profiler/report.h \
 profiler/collect.h profiler/source.h profiler/cpus.h profiler/options.h \
 bpf/unwind.h bpf/unwind_state.h profiler/tables.h profiler/ledger.h \
 profiler/tracker.h symbolize/symbolizer.h symbolize/debuginfo.h \
 symbolize/elf_image.h profiler/log.h flamegraph/profile.h bpf/sample.h
profiler/report.h:
profiler/collect.h:
profiler/source.h:
profiler/cpus.h:
profiler/options.h:
bpf/unwind.h:
bpf/unwind_state.h:
profiler/tables.h:
profiler/ledger.h:
profiler/tracker.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
profiler/log.h:
flamegraph/profile.h:
bpf/sample.h:
