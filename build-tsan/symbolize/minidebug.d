build-tsan/symbolize/minidebug.o: symbolize/minidebug.c \
 symbolize/minidebug.h symbolize/elf_image.h
symbolize/minidebug.h:
symbolize/elf_image.h:
