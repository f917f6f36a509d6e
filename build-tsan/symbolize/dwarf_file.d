build-tsan/symbolize/dwarf_file.o: symbolize/dwarf_file.c \
 symbolize/dwarf_file.h symbolize/dwarf_abbrev.h symbolize/dwarf_cursor.h \
 symbolize/dwarf_section.h symbolize/elf_image.h
symbolize/dwarf_file.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_section.h:
symbolize/elf_image.h:
