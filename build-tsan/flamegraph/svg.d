build-tsan/flamegraph/svg.o: flamegraph/svg.c flamegraph/formats.h \
 flamegraph/layout.h flamegraph/out.h flamegraph/profile.h \
 flamegraph/xml.h
flamegraph/formats.h:
flamegraph/layout.h:
flamegraph/out.h:
flamegraph/profile.h:
flamegraph/xml.h:
