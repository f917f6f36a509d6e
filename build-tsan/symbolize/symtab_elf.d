build-tsan/symbolize/symtab_elf.o: symbolize/symtab_elf.c \
 symbolize/symtab.h symbolize/elf_image.h symbolize/query.h
symbolize/symtab.h:
symbolize/elf_image.h:
symbolize/query.h:
