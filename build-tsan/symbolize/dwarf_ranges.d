build-tsan/symbolize/dwarf_ranges.o: symbolize/dwarf_ranges.c \
 symbolize/dwarf_unit.h symbolize/dwarf_file.h symbolize/dwarf_abbrev.h \
 symbolize/dwarf_cursor.h symbolize/dwarf_section.h symbolize/elf_image.h \
 symbolize/dwarf_form.h
symbolize/dwarf_unit.h:
symbolize/dwarf_file.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_section.h:
symbolize/elf_image.h:
symbolize/dwarf_form.h:
