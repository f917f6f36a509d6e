build-tsan/profiler/target.o: profiler/target.c profiler/target.h \
 profiler/options.h profiler/cpus.h profiler/source.h bpf/unwind.h \
 bpf/unwind_state.h profiler/tables.h profiler/log.h
profiler/target.h:
profiler/options.h:
profiler/cpus.h:
profiler/source.h:
bpf/unwind.h:
bpf/unwind_state.h:
profiler/tables.h:
profiler/log.h:
