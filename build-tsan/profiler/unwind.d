build-tsan/profiler/unwind.o: profiler/unwind.c profiler/unwind.h \
 profiler/source.h profiler/cpus.h profiler/options.h bpf/unwind.h \
 bpf/unwind_state.h profiler/tables.h profiler/spaces.h bpf/sample.h \
 bpf/unwind_step.h
profiler/unwind.h:
profiler/source.h:
profiler/cpus.h:
profiler/options.h:
bpf/unwind.h:
bpf/unwind_state.h:
profiler/tables.h:
profiler/spaces.h:
bpf/sample.h:
bpf/unwind_step.h:
