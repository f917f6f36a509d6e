build-tsan/bpf/follow.bpf.o: bpf/follow.bpf.c bpf/sample.h \
  bpf/unwind_state.h

bpf/sample.h:

bpf/unwind_state.h:
