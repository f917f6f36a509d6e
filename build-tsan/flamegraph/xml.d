build-tsan/flamegraph/xml.o: flamegraph/xml.c flamegraph/xml.h \
 flamegraph/out.h
flamegraph/xml.h:
flamegraph/out.h:
