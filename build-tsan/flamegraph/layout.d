build-tsan/flamegraph/layout.o: flamegraph/layout.c flamegraph/layout.h \
 flamegraph/profile.h
flamegraph/layout.h:
flamegraph/profile.h:
