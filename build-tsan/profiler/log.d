build-tsan/profiler/log.o: profiler/log.c profiler/log.h
profiler/log.h:
