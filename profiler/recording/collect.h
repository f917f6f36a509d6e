/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * collect.h - the raw recording in memory: distinct stacks of addresses, and
 * samples that refer to them and to the process they came from.
 *
 * Source:    a source_sink; the tracker says which process an address was in, and
 *            walks stacks that came as copies, once it has the tables for them.
 * Units:     counts in samples.
 * Ownership: collect owns its arrays; processes belong to the symbolizer, the tracker to the
 *            caller.
 * Errors:    0 or a negative errno.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_COLLECT_H
#define PROFILER_RECORDING_COLLECT_H

#include "profiler/recording/codes.h"
#include "profiler/source/source.h"

struct collect;
struct process;
struct tracker;

/* Samples that are alike in everything but the moment. */
struct collect_sample {
	uint32_t tgid, tid;
	uint32_t space; /* as in raw_sample */
	char comm[COMM_LEN];
	struct process *process;     /* NULL: it ended before it could be read */
	uint32_t kernel, user;	     /* its stacks' numbers; see collect_next() */
	enum unwind_result user_end; /* as in raw_sample */
	/* Of an interpreter's frames, as in raw_interpreted; those of UNPAIRED have not all their place. */
	enum interpreter_kind interpreter;
	enum interpreter_end interpreter_end;
	bool unpaired;
	uint64_t count;	 /* samples */
	uint64_t weight; /* ticks that they stand for, of the rate that was asked for */
};

/* TRACKER is borrowed until collect_free(). */
int collect_new(struct tracker *tracker, struct collect **out);
void collect_free(struct collect *c); /* NULL is fine */

/* The sink through which a source fills C. */
struct source_sink collect_sink(struct collect *c);

/* Walk the copied stacks that can be walked now; with LAST all of them, as far as that goes. */
int collect_walk_copies(struct collect *c, bool last);

/* The code of interpreted frames. */
const struct codes *collect_codes(const struct collect *c);

/* The sums of all samples' counts and weights. */
uint64_t collect_count(const struct collect *c);
uint64_t collect_weight(const struct collect *c);

/* The distinct samples in the order of their arrival. */
const struct collect_sample *collect_samples(const struct collect *c, size_t *cnt);

/*
 * A walk over the distinct samples and their frames.  The frames of all samples are numbered
 * through: who keeps something for each of them finds that of frame I at first_frame + I.
 */
struct collect_cursor {
	const struct collect_sample *sample;
	size_t user_cnt, kernel_cnt; /* frames; 0: it has no such stack */
	size_t first_frame;	     /* how many frames the samples before it have */
	/* Of the walk itself: */
	const uint64_t *user, *kernel;
	size_t sample_nr;
};

/* Step to the first sample if AT is all zero, else to the next one; false: AT was at the last. */
bool collect_next(const struct collect *c, struct collect_cursor *at);

struct collect_frame {
	uint64_t ip;
	bool is_return; /* ip is behind the call that is meant, see symbolizer_ask_user() */
	bool is_kernel;
	bool is_interpreted; /* ip is the number of a frame of collect_codes() */
};

/*
 * Frame I of the sample: those of its user stack, then the kernel's, each innermost first.  An
 * interpreter's frames are before the native one that evaluates them.
 */
struct collect_frame collect_frame(const struct collect_cursor *at, size_t i);

#endif /* PROFILER_RECORDING_COLLECT_H */
