build-tsan/symbolize/elf_inflate.o: symbolize/elf_inflate.c \
 symbolize/elf_image.h
symbolize/elf_image.h:
