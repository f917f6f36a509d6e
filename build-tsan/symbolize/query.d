build-tsan/symbolize/query.o: symbolize/query.c symbolize/query.h
symbolize/query.h:
