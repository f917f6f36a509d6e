build-tsan/symbolize/plt.o: symbolize/plt.c symbolize/plt.h \
 symbolize/elf_image.h symbolize/query.h symbolize/symtab.h
symbolize/plt.h:
symbolize/elf_image.h:
symbolize/query.h:
symbolize/symtab.h:
