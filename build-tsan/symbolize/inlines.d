build-tsan/symbolize/inlines.o: symbolize/inlines.c symbolize/inlines.h \
 symbolize/arena.h symbolize/dwarf_file.h symbolize/dwarf_abbrev.h \
 symbolize/dwarf_cursor.h symbolize/dwarf_section.h symbolize/elf_image.h \
 symbolize/symbolizer.h symbolize/debuginfo.h symbolize/dwarf_answers.h \
 symbolize/dwarf_names.h symbolize/dwarf_unit.h symbolize/dwarf_form.h \
 symbolize/word_map.h symbolize/dwarf_spot.h symbolize/dwarf_index.h
symbolize/inlines.h:
symbolize/arena.h:
symbolize/dwarf_file.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_section.h:
symbolize/elf_image.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/dwarf_answers.h:
symbolize/dwarf_names.h:
symbolize/dwarf_unit.h:
symbolize/dwarf_form.h:
symbolize/word_map.h:
symbolize/dwarf_spot.h:
symbolize/dwarf_index.h:
