build-tsan/profiler/shards.o: profiler/shards.c profiler/shards.h \
 bpf/unwind.h profiler/pool.h
profiler/shards.h:
bpf/unwind.h:
profiler/pool.h:
