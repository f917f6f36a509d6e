build-tsan/symbolize/maps.o: symbolize/maps.c symbolize/maps.h
symbolize/maps.h:
