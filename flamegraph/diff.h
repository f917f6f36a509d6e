/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * diff.h - two profiles as one: the stacks of both, what each weighs before and
 * after, and which changes the samples support.
 *
 * Units:     weights are samples: the intervals are wrong for any other unit.
 * Ownership: the diff owns all that is in it; the two profiles are not needed
 *            once it is made.
 * Errors:    0 or a negative errno; on failure *out is NULL.
 */
#ifndef FLAMEGRAPH_DIFF_H
#define FLAMEGRAPH_DIFF_H

#include "flamegraph/formats.h"
#include "flamegraph/interval.h"

struct diff_weights {
	double before, after;
};

/* A function, as it changed. */
struct diff_function {
	uint32_t frame;		   /* of the diff's profile */
	struct diff_weights self;  /* samples that it was the innermost frame of */
	struct diff_weights total; /* samples that it was in, once each */
	double change;		   /* of self: samples, or if normalized a share, 0 to 1 */
	struct interval interval;  /* of the change, in the same unit */
};

struct diff {
	struct profile *profile; /* stacks of both, with the weights of AFTER */
	bool normalized;
	struct diff_weights all;	 /* samples of the two profiles */
	double *before;			 /* of each node: its own weight before */
	struct profile_changes changes;	 /* for the picture, by total weight */
	struct diff_function *functions; /* the largest change of self first */
	size_t function_cnt;
};

/* NORMALIZE: compare shares, not counts; weights of BEFORE are scaled to those of AFTER. */
int diff_new(const struct profile *before, const struct profile *after, bool normalize,
	     struct diff **out);
void diff_free(struct diff *d); /* NULL is fine */

/* `a;b;c BEFORE AFTER`, sorted by names.  OPTS may be NULL. */
int diff_write_folded(const struct diff *d, const struct folded_opts *opts, FILE *f);

#endif /* FLAMEGRAPH_DIFF_H */
