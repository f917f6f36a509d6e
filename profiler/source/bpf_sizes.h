/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bpf_sizes.h - how large the maps and rings of the sampling program are, and how often
 * they have to be emptied.
 *
 * Source:    the rate, the CPUs and --map-entries; /proc/sys/kernel/perf_event_max_stack.
 * Units:     sizes in bytes; the rest counts entries of a map.
 * Threads:   no shared state.
 */
#ifndef PROFILER_SOURCE_BPF_SIZES_H
#define PROFILER_SOURCE_BPF_SIZES_H

#include <stddef.h>

struct source_opts;

struct bpf_sizes {
	unsigned int interval_ms;  /* from one emptying to the next, at the full rate */
	unsigned int stack_cnt;	   /* of each of the two stacks maps */
	unsigned int ring_size;	   /* a power of two */
	unsigned int copies_size;  /* a power of two */
	unsigned int count_cpus;   /* CPUs that have counts: the highest number + 1 */
	unsigned int counts_a_cpu; /* of one generation, a power of two */
	unsigned int count_cnt;	   /* of one generation: those of all CPUs */
	size_t frames_max;	   /* of a stack in a stacks map */
};

/* FRAMES_MAX: bpf_frames_max(). */
void bpf_sizes_plan(const struct source_opts *opts, size_t frames_max, struct bpf_sizes *out);

/* The frames that the kernel walks of a stack, at most SAMPLE_KERNEL_MAX. */
size_t bpf_frames_max(void);

/* What interval_ms becomes at the full rate divided by DIVISOR: there is less to read. */
unsigned int bpf_sizes_interval_ms(const struct bpf_sizes *sizes, unsigned int divisor);

#endif /* PROFILER_SOURCE_BPF_SIZES_H */
