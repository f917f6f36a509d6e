build-tsan/symbolize/process.o: symbolize/process.c symbolize/process.h \
 symbolize/source.h symbolize/arena.h symbolize/debuginfo.h \
 symbolize/elf_image.h symbolize/maps.h
symbolize/process.h:
symbolize/source.h:
symbolize/arena.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
symbolize/maps.h:
