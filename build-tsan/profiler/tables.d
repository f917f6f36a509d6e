build-tsan/profiler/tables.o: profiler/tables.c profiler/tables.h \
 bpf/unwind.h profiler/pool.h profiler/shards.h symbolize/ehframe.h
profiler/tables.h:
bpf/unwind.h:
profiler/pool.h:
profiler/shards.h:
symbolize/ehframe.h:
