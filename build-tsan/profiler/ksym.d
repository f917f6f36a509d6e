build-tsan/profiler/ksym.o: profiler/ksym.c profiler/ksym.h \
 build-tsan/bpf/ksym.skel.h
profiler/ksym.h:
build-tsan/bpf/ksym.skel.h:
