build-tsan/profiler/spaces.o: profiler/spaces.c profiler/spaces.h \
 profiler/tables.h bpf/unwind.h profiler/pool.h
profiler/spaces.h:
profiler/tables.h:
bpf/unwind.h:
profiler/pool.h:
