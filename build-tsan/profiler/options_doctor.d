build-tsan/profiler/options_doctor.o: profiler/options_doctor.c \
 profiler/options_parse.h profiler/options.h profiler/cpus.h
profiler/options_parse.h:
profiler/options.h:
profiler/cpus.h:
