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

/* How much a function changed. */
struct diff_function {
	uint32_t frame;		   /* number of a frame of the diff's profile */
	struct diff_weights self;  /* samples in which it was the innermost frame */
	struct diff_weights total; /* samples in which it was; each counts once */
	double change;		   /* change of self, in samples or if normalized as a share */
	struct interval interval;  /* interval of the change, in the same unit */
};

struct diff {
	struct profile *profile; /* stacks of both, with the weights of AFTER */
	bool normalized;
	struct diff_weights all;	 /* samples of the two profiles */
	double *before;			 /* own weight of each node before */
	struct profile_changes changes;	 /* change of each node's total weight, for the picture */
	struct diff_function *functions; /* the one with the largest change of self is the first */
	size_t function_cnt;
};

/*
 * NORMALIZE compares shares instead of counts: the weights of BEFORE are scaled so that they
 * add up to those of AFTER.
 */
int diff_new(const struct profile *before, const struct profile *after, bool normalize,
	     struct diff **out);
void diff_free(struct diff *d); /* NULL is fine */

/* Write lines `a;b;c BEFORE AFTER`, sorted by names.  OPTS may be NULL. */
int diff_write_folded(const struct diff *d, const struct folded_opts *opts, FILE *f);

#endif /* FLAMEGRAPH_DIFF_H */
