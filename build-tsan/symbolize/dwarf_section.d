build-tsan/symbolize/dwarf_section.o: symbolize/dwarf_section.c \
 symbolize/dwarf_section.h symbolize/elf_image.h symbolize/inflate.h
symbolize/dwarf_section.h:
symbolize/elf_image.h:
symbolize/inflate.h:
