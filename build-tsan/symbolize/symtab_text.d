build-tsan/symbolize/symtab_text.o: symbolize/symtab_text.c \
 symbolize/symtab.h symbolize/elf_image.h symbolize/query.h
symbolize/symtab.h:
symbolize/elf_image.h:
symbolize/query.h:
