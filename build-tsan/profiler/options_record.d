build-tsan/profiler/options_record.o: profiler/options_record.c \
 profiler/options_parse.h profiler/options.h profiler/cpus.h \
 profiler/log.h
profiler/options_parse.h:
profiler/options.h:
profiler/cpus.h:
profiler/log.h:
