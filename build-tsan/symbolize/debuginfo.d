build-tsan/symbolize/debuginfo.o: symbolize/debuginfo.c \
 symbolize/debuginfo.h symbolize/elf_image.h
symbolize/debuginfo.h:
symbolize/elf_image.h:
