build-tsan/profiler/tracker.o: profiler/tracker.c profiler/tracker.h \
 profiler/source.h profiler/cpus.h profiler/options.h bpf/unwind.h \
 bpf/unwind_state.h profiler/tables.h profiler/log.h profiler/sideband.h \
 profiler/spaces.h profiler/tasks.h profiler/unwind.h symbolize/process.h \
 symbolize/source.h symbolize/arena.h symbolize/debuginfo.h \
 symbolize/elf_image.h symbolize/maps.h symbolize/symbolizer.h
profiler/tracker.h:
profiler/source.h:
profiler/cpus.h:
profiler/options.h:
bpf/unwind.h:
bpf/unwind_state.h:
profiler/tables.h:
profiler/log.h:
profiler/sideband.h:
profiler/spaces.h:
profiler/tasks.h:
profiler/unwind.h:
symbolize/process.h:
symbolize/source.h:
symbolize/arena.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
symbolize/maps.h:
symbolize/symbolizer.h:
