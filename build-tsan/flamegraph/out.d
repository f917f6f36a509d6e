build-tsan/flamegraph/out.o: flamegraph/out.c flamegraph/out.h
flamegraph/out.h:
