build-tsan/profiler/symbolize.o: profiler/symbolize.c profiler/commands.h \
 profiler/ksym.h profiler/log.h profiler/naming.h symbolize/symbolizer.h \
 symbolize/debuginfo.h symbolize/elf_image.h profiler/options.h \
 profiler/cpus.h profiler/places.h
profiler/commands.h:
profiler/ksym.h:
profiler/log.h:
profiler/naming.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
profiler/options.h:
profiler/cpus.h:
profiler/places.h:
