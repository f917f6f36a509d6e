build-tsan/symbolize/dwarf_cache.o: symbolize/dwarf_cache.c \
 symbolize/dwarf_cache.h symbolize/dwarf_file.h symbolize/dwarf_abbrev.h \
 symbolize/dwarf_cursor.h symbolize/dwarf_section.h symbolize/elf_image.h \
 symbolize/source.h symbolize/arena.h symbolize/debuginfo.h \
 symbolize/maps.h symbolize/dwarf_alt.h
symbolize/dwarf_cache.h:
symbolize/dwarf_file.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_section.h:
symbolize/elf_image.h:
symbolize/source.h:
symbolize/arena.h:
symbolize/debuginfo.h:
symbolize/maps.h:
symbolize/dwarf_alt.h:
