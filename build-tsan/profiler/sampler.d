build-tsan/profiler/sampler.o: profiler/sampler.c profiler/source.h \
 profiler/cpus.h profiler/options.h bpf/unwind.h bpf/unwind_state.h \
 profiler/tables.h profiler/drain.h profiler/follow.h profiler/log.h \
 bpf/sample.h build-tsan/bpf/sample.skel.h
profiler/source.h:
profiler/cpus.h:
profiler/options.h:
bpf/unwind.h:
bpf/unwind_state.h:
profiler/tables.h:
profiler/drain.h:
profiler/follow.h:
profiler/log.h:
bpf/sample.h:
build-tsan/bpf/sample.skel.h:
