build-tsan/profiler/pool.o: profiler/pool.c profiler/pool.h
profiler/pool.h:
