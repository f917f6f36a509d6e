build-tsan/symbolize/dwarf_scopes.o: symbolize/dwarf_scopes.c \
 symbolize/dwarf_scopes.h symbolize/arena.h symbolize/dwarf_spot.h \
 symbolize/symbolizer.h symbolize/debuginfo.h symbolize/elf_image.h \
 symbolize/dwarf_unit.h symbolize/dwarf_file.h symbolize/dwarf_abbrev.h \
 symbolize/dwarf_cursor.h symbolize/dwarf_section.h \
 symbolize/dwarf_form.h
symbolize/dwarf_scopes.h:
symbolize/arena.h:
symbolize/dwarf_spot.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
symbolize/dwarf_unit.h:
symbolize/dwarf_file.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_section.h:
symbolize/dwarf_form.h:
