build-tsan/profiler/places.o: profiler/places.c profiler/places.h \
 profiler/options.h profiler/cpus.h symbolize/symbolizer.h \
 symbolize/debuginfo.h symbolize/elf_image.h
profiler/places.h:
profiler/options.h:
profiler/cpus.h:
symbolize/symbolizer.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
