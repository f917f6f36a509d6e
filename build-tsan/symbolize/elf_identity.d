build-tsan/symbolize/elf_identity.o: symbolize/elf_identity.c \
 symbolize/elf_image.h
symbolize/elf_image.h:
