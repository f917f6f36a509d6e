build-tsan/symbolize/arena.o: symbolize/arena.c symbolize/arena.h
symbolize/arena.h:
