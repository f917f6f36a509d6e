build-tsan/symbolize/dwarf_index.o: symbolize/dwarf_index.c \
 symbolize/dwarf_index.h symbolize/dwarf_unit.h symbolize/dwarf_file.h \
 symbolize/dwarf_abbrev.h symbolize/dwarf_cursor.h \
 symbolize/dwarf_section.h symbolize/elf_image.h symbolize/dwarf_form.h
symbolize/dwarf_index.h:
symbolize/dwarf_unit.h:
symbolize/dwarf_file.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_section.h:
symbolize/elf_image.h:
symbolize/dwarf_form.h:
