build-tsan/profiler/follow.o: profiler/follow.c profiler/follow.h \
 profiler/log.h build-tsan/bpf/follow.skel.h
profiler/follow.h:
profiler/log.h:
build-tsan/bpf/follow.skel.h:
