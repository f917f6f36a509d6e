build-tsan/profiler/options_flamegraph.o: profiler/options_flamegraph.c \
 profiler/options_parse.h profiler/options.h profiler/cpus.h
profiler/options_parse.h:
profiler/options.h:
profiler/cpus.h:
