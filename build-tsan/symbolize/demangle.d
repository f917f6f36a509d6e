build-tsan/symbolize/demangle.o: symbolize/demangle.c \
 symbolize/demangle.h symbolize/arena.h symbolize/symbolizer.h \
 symbolize/debuginfo.h symbolize/elf_image.h
symbolize/demangle.h:
symbolize/arena.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
