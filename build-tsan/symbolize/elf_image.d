build-tsan/symbolize/elf_image.o: symbolize/elf_image.c \
 symbolize/elf_image.h
symbolize/elf_image.h:
