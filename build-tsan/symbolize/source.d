build-tsan/symbolize/source.o: symbolize/source.c symbolize/source.h \
 symbolize/arena.h symbolize/debuginfo.h symbolize/elf_image.h \
 symbolize/maps.h symbolize/minidebug.h symbolize/perf_map.h
symbolize/source.h:
symbolize/arena.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
symbolize/maps.h:
symbolize/minidebug.h:
symbolize/perf_map.h:
