build-tsan/bpf/ksym.bpf.o: bpf/ksym.bpf.c bpf/ksym.h

bpf/ksym.h:
