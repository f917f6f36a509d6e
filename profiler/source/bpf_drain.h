/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bpf_drain.h - read what the sampling program left in its maps and rings, and hand
 * it to a source_sink.
 *
 * One generation of maps is read while the program fills the other one.  A user
 * stack that the program walked itself arrives once a generation through the
 * ring, and is known by its hash from then on.
 *
 * Units:     counts in samples.
 * Ownership: bpf_drain_close(); the maps and programs are those of the BPF source.
 * Errors:    0 or a negative errno, the sink's own included.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_BPF_DRAIN_H
#define PROFILER_SOURCE_BPF_DRAIN_H

#include "profiler/source/source.h"

struct bpf_drain;
struct sample_count; /* bpf/sample.h */

struct bpf_drain_opts {
	int stacks[2];			/* fds of the stacks maps, by generation */
	struct sample_count *counts[2]; /* the program's own memory, by generation */
	int ring, copies;		/* fds of the rings; copies only if cfi */
	size_t ring_size, copies_size;
	volatile uint32_t *generation; /* the program's own variable */
	size_t count_cnt;	       /* entries of each of counts[] */
	size_t kernel_max;	       /* frames of an entry of a stacks map */
	bool cfi;		       /* sample_key.user is a hash */
};

int bpf_drain_open(const struct bpf_drain_opts *opts, struct bpf_drain **out);
void bpf_drain_close(struct bpf_drain *drain); /* NULL is fine */

/* An fd that is readable when bpf_drain_rings() should not wait. */
int bpf_drain_fd(const struct bpf_drain *drain);
int bpf_drain_rings(struct bpf_drain *drain, const struct source_sink *sink);

/* Samples taken after the next bpf_drain_all() have this raw_sample.divisor; it is 1 at first. */
void bpf_drain_set_divisor(struct bpf_drain *drain, unsigned int divisor);

/* Hand over everything counted so far.  STOPPED says that no program runs any more. */
int bpf_drain_all(struct bpf_drain *drain, const struct source_sink *sink, bool stopped);

/* Samples that were counted, but whose stack was not to be found. */
uint64_t bpf_drain_missing(const struct bpf_drain *drain);

#endif /* PROFILER_SOURCE_BPF_DRAIN_H */
