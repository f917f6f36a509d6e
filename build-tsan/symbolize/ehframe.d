build-tsan/symbolize/ehframe.o: symbolize/ehframe.c symbolize/ehframe.h \
 symbolize/cfi_program.h symbolize/cursor.h
symbolize/ehframe.h:
symbolize/cfi_program.h:
symbolize/cursor.h:
