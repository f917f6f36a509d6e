build-tsan/profiler/drain.o: profiler/drain.c profiler/drain.h \
 profiler/source.h profiler/cpus.h profiler/options.h bpf/unwind.h \
 bpf/unwind_state.h profiler/tables.h bpf/sample.h
profiler/drain.h:
profiler/source.h:
profiler/cpus.h:
profiler/options.h:
bpf/unwind.h:
bpf/unwind_state.h:
profiler/tables.h:
bpf/sample.h:
