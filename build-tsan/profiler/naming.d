build-tsan/profiler/naming.o: profiler/naming.c profiler/naming.h \
 symbolize/symbolizer.h symbolize/debuginfo.h symbolize/elf_image.h \
 profiler/log.h
profiler/naming.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
profiler/log.h:
