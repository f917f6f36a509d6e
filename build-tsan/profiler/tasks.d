build-tsan/profiler/tasks.o: profiler/tasks.c profiler/tasks.h \
 symbolize/symbolizer.h symbolize/debuginfo.h symbolize/elf_image.h
profiler/tasks.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
