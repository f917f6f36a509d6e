build-tsan/profiler/main.o: profiler/main.c profiler/commands.h \
 profiler/log.h profiler/options.h profiler/cpus.h
profiler/commands.h:
profiler/log.h:
profiler/options.h:
profiler/cpus.h:
