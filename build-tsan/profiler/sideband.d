build-tsan/profiler/sideband.o: profiler/sideband.c profiler/sideband.h \
 profiler/cpus.h
profiler/sideband.h:
profiler/cpus.h:
