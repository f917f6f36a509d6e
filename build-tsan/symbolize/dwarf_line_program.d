build-tsan/symbolize/dwarf_line_program.o: symbolize/dwarf_line_program.c \
 symbolize/dwarf_lines.h symbolize/arena.h symbolize/dwarf_spot.h \
 symbolize/symbolizer.h symbolize/debuginfo.h symbolize/elf_image.h \
 symbolize/dwarf_unit.h symbolize/dwarf_file.h symbolize/dwarf_abbrev.h \
 symbolize/dwarf_cursor.h symbolize/dwarf_section.h \
 symbolize/dwarf_form.h
symbolize/dwarf_lines.h:
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
