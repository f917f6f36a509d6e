build-tsan/symbolize/ehframe_load.o: symbolize/ehframe_load.c \
 symbolize/ehframe.h symbolize/cursor.h
symbolize/ehframe.h:
symbolize/cursor.h:
