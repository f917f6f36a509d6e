build-tsan/symbolize/dwarf_abbrev.o: symbolize/dwarf_abbrev.c \
 symbolize/dwarf_abbrev.h symbolize/dwarf_cursor.h symbolize/dwarf_form.h
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_form.h:
