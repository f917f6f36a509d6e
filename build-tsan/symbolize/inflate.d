build-tsan/symbolize/inflate.o: symbolize/inflate.c symbolize/inflate.h
symbolize/inflate.h:
