build-tsan/profiler/cpus.o: profiler/cpus.c profiler/cpus.h
profiler/cpus.h:
