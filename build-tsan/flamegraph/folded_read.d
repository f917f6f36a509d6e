build-tsan/flamegraph/folded_read.o: flamegraph/folded_read.c \
 flamegraph/formats.h flamegraph/profile.h
flamegraph/formats.h:
flamegraph/profile.h:
