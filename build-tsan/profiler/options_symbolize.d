build-tsan/profiler/options_symbolize.o: profiler/options_symbolize.c \
 profiler/options_parse.h profiler/options.h profiler/cpus.h
profiler/options_parse.h:
profiler/options.h:
profiler/cpus.h:
