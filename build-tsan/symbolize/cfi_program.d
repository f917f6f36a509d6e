build-tsan/symbolize/cfi_program.o: symbolize/cfi_program.c \
 symbolize/cfi_program.h symbolize/cursor.h symbolize/ehframe.h
symbolize/cfi_program.h:
symbolize/cursor.h:
symbolize/ehframe.h:
