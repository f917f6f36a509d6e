build-tsan/profiler/output.o: profiler/output.c profiler/output.h \
 profiler/log.h
profiler/output.h:
profiler/log.h:
