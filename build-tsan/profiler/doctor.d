build-tsan/profiler/doctor.o: profiler/doctor.c profiler/commands.h \
 profiler/cpus.h profiler/follow.h profiler/ksym.h profiler/log.h \
 profiler/options.h profiler/source.h bpf/unwind.h bpf/unwind_state.h \
 profiler/tables.h symbolize/ehframe.h symbolize/process.h \
 symbolize/source.h symbolize/arena.h symbolize/debuginfo.h \
 symbolize/elf_image.h symbolize/maps.h symbolize/symbolizer.h
profiler/commands.h:
profiler/cpus.h:
profiler/follow.h:
profiler/ksym.h:
profiler/log.h:
profiler/options.h:
profiler/source.h:
bpf/unwind.h:
bpf/unwind_state.h:
profiler/tables.h:
symbolize/ehframe.h:
symbolize/process.h:
symbolize/source.h:
symbolize/arena.h:
symbolize/debuginfo.h:
symbolize/elf_image.h:
symbolize/maps.h:
symbolize/symbolizer.h:
