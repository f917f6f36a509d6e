build-tsan/symbolize/perf_map.o: symbolize/perf_map.c \
 symbolize/perf_map.h
symbolize/perf_map.h:
