/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * collect.h - the raw recording in memory: distinct stacks of addresses, and
 * samples that refer to them and to the process they came from.
 *
 * Source:    a source_sink; the tracker says which process an address was in, and
 *            walks stacks that came as copies, once it has the tables for them.
 * Units:     counts in samples.
 * Ownership: collect owns its arrays; processes belong to the symbolizer.
 * Errors:    0 or a negative errno.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_COLLECT_H
#define PROFILER_RECORDING_COLLECT_H

#include "profiler/source/source.h"

struct collect;
struct process;
struct tracker;

/* Samples alike in everything below. */
struct collect_sample {
	uint32_t tgid, tid;
	uint32_t space; /* as in raw_sample */
	char comm[COMM_LEN];
	struct process *process;     /* NULL: it ended before it could be read */
	uint32_t kernel, user;	     /* stacks, see collect_stack() */
	enum unwind_result user_end; /* as in raw_sample */
	uint64_t count;
	uint64_t weight; /* ticks of the rate asked for that they stand for */
};

/* TRACKER is borrowed until collect_free(). */
int collect_new(struct tracker *tracker, struct collect **out);
void collect_free(struct collect *c); /* NULL is fine */

/* A sink that fills C. */
struct source_sink collect_sink(struct collect *c);

/* Walk the copied stacks that can be walked now; LAST: all of them, as far as it goes. */
int collect_walk_copies(struct collect *c, bool last);

/* Of all samples. */
uint64_t collect_count(const struct collect *c);
uint64_t collect_weight(const struct collect *c);

/* The distinct samples in the order of their arrival. */
const struct collect_sample *collect_samples(const struct collect *c, size_t *cnt);

/* Innermost first; CNT 0: no stack.  User ips may have SAMPLE_IP_EXACT. */
const uint64_t *collect_stack(const struct collect *c, uint32_t stack, size_t *cnt);

#endif /* PROFILER_RECORDING_COLLECT_H */
