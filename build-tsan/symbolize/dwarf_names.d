build-tsan/symbolize/dwarf_names.o: symbolize/dwarf_names.c \
 symbolize/dwarf_names.h symbolize/arena.h symbolize/dwarf_unit.h \
 symbolize/dwarf_file.h symbolize/dwarf_abbrev.h symbolize/dwarf_cursor.h \
 symbolize/dwarf_section.h symbolize/elf_image.h symbolize/dwarf_form.h \
 symbolize/symbolizer.h symbolize/debuginfo.h symbolize/word_map.h \
 symbolize/demangle.h
symbolize/dwarf_names.h:
symbolize/arena.h:
symbolize/dwarf_unit.h:
symbolize/dwarf_file.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_section.h:
symbolize/elf_image.h:
symbolize/dwarf_form.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/word_map.h:
symbolize/demangle.h:
