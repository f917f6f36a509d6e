build-tsan/symbolize/dwarf_alt.o: symbolize/dwarf_alt.c \
 symbolize/dwarf_alt.h symbolize/dwarf_file.h symbolize/dwarf_abbrev.h \
 symbolize/dwarf_cursor.h symbolize/dwarf_section.h symbolize/elf_image.h
symbolize/dwarf_alt.h:
symbolize/dwarf_file.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_section.h:
symbolize/elf_image.h:
