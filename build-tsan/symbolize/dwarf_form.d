build-tsan/symbolize/dwarf_form.o: symbolize/dwarf_form.c \
 symbolize/dwarf_form.h symbolize/dwarf_abbrev.h symbolize/dwarf_cursor.h
symbolize/dwarf_form.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
