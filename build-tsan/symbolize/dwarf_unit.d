build-tsan/symbolize/dwarf_unit.o: symbolize/dwarf_unit.c \
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
