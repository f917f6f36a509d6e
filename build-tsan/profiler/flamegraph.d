build-tsan/profiler/flamegraph.o: profiler/flamegraph.c \
 profiler/commands.h profiler/log.h profiler/options.h profiler/cpus.h \
 profiler/output.h flamegraph/formats.h flamegraph/profile.h
profiler/commands.h:
profiler/log.h:
profiler/options.h:
profiler/cpus.h:
profiler/output.h:
flamegraph/formats.h:
flamegraph/profile.h:
