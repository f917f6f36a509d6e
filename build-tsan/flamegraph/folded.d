build-tsan/flamegraph/folded.o: flamegraph/folded.c flamegraph/formats.h \
 flamegraph/out.h flamegraph/profile.h
flamegraph/formats.h:
flamegraph/out.h:
flamegraph/profile.h:
