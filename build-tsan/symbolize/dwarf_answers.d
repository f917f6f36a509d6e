build-tsan/symbolize/dwarf_answers.o: symbolize/dwarf_answers.c \
 symbolize/dwarf_answers.h symbolize/arena.h symbolize/dwarf_names.h \
 symbolize/dwarf_unit.h symbolize/dwarf_file.h symbolize/dwarf_abbrev.h \
 symbolize/dwarf_cursor.h symbolize/dwarf_section.h symbolize/elf_image.h \
 symbolize/dwarf_form.h symbolize/symbolizer.h symbolize/debuginfo.h \
 symbolize/word_map.h symbolize/dwarf_spot.h symbolize/dwarf_lines.h \
 symbolize/dwarf_scopes.h symbolize/dwarf_split.h
symbolize/dwarf_answers.h:
symbolize/arena.h:
symbolize/dwarf_names.h:
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
symbolize/dwarf_spot.h:
symbolize/dwarf_lines.h:
symbolize/dwarf_scopes.h:
symbolize/dwarf_split.h:
