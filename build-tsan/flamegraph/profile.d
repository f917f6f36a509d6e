build-tsan/flamegraph/profile.o: flamegraph/profile.c \
 flamegraph/profile.h
flamegraph/profile.h:
