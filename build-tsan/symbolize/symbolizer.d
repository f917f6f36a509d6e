build-tsan/symbolize/symbolizer.o: symbolize/symbolizer.c \
 symbolize/symbolizer.h symbolize/debuginfo.h symbolize/elf_image.h \
 symbolize/arena.h symbolize/process.h symbolize/source.h \
 symbolize/maps.h symbolize/resolve.h symbolize/dwarf_cache.h \
 symbolize/dwarf_file.h symbolize/dwarf_abbrev.h symbolize/dwarf_cursor.h \
 symbolize/dwarf_section.h
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
symbolize/arena.h:
symbolize/process.h:
symbolize/source.h:
symbolize/maps.h:
symbolize/resolve.h:
symbolize/dwarf_cache.h:
symbolize/dwarf_file.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_section.h:
