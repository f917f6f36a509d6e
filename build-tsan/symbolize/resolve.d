build-tsan/symbolize/resolve.o: symbolize/resolve.c symbolize/resolve.h \
 symbolize/arena.h symbolize/dwarf_cache.h symbolize/dwarf_file.h \
 symbolize/dwarf_abbrev.h symbolize/dwarf_cursor.h \
 symbolize/dwarf_section.h symbolize/elf_image.h symbolize/source.h \
 symbolize/debuginfo.h symbolize/maps.h symbolize/symbolizer.h \
 symbolize/demangle.h symbolize/inlines.h symbolize/perf_map.h \
 symbolize/plt.h symbolize/query.h symbolize/symtab.h
symbolize/resolve.h:
symbolize/arena.h:
symbolize/dwarf_cache.h:
symbolize/dwarf_file.h:
symbolize/dwarf_abbrev.h:
symbolize/dwarf_cursor.h:
symbolize/dwarf_section.h:
symbolize/elf_image.h:
symbolize/source.h:
symbolize/debuginfo.h:
symbolize/maps.h:
symbolize/symbolizer.h:
symbolize/demangle.h:
symbolize/inlines.h:
symbolize/perf_map.h:
symbolize/plt.h:
symbolize/query.h:
symbolize/symtab.h:
