build-tsan/profiler/collect.o: profiler/collect.c profiler/collect.h \
 profiler/source.h profiler/cpus.h profiler/options.h bpf/unwind.h \
 bpf/unwind_state.h profiler/tables.h profiler/tracker.h bpf/sample.h
profiler/collect.h:
profiler/source.h:
profiler/cpus.h:
profiler/options.h:
bpf/unwind.h:
bpf/unwind_state.h:
profiler/tables.h:
profiler/tracker.h:
bpf/sample.h:
