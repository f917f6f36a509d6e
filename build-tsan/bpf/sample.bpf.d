build-tsan/bpf/sample.bpf.o: bpf/sample.bpf.c bpf/target.bpf.h \
  bpf/sample.h bpf/unwind_state.h bpf/count.bpf.h bpf/unwind.bpf.h \
  bpf/kernel_types.h bpf/unwind_step.h bpf/unwind.h

bpf/target.bpf.h:

bpf/sample.h:

bpf/unwind_state.h:

bpf/count.bpf.h:

bpf/unwind.bpf.h:

bpf/kernel_types.h:

bpf/unwind_step.h:

bpf/unwind.h:
