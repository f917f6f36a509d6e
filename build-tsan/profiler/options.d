build-tsan/profiler/options.o: profiler/options.c \
 profiler/options_parse.h profiler/options.h profiler/cpus.h \
 profiler/log.h
profiler/options_parse.h:
profiler/options.h:
profiler/cpus.h:
profiler/log.h:
