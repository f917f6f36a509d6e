/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interval.h - how far a difference of two counts, or of two shares, can be trusted.
 *
 * The intervals are of 95 %, and hold for small counts and for 0 as well.
 */
#ifndef FLAMEGRAPH_INTERVAL_H
#define FLAMEGRAPH_INTERVAL_H

#include <stdbool.h>

struct interval {
	double low, high;
};

/* Return the interval of the share CNT / OF; the share of nothing is anything from 0 to 1. */
struct interval interval_share(double cnt, double of);

/* Return the interval of the average of which CNT was seen once. */
struct interval interval_count(double cnt);

/* Return how much the share grew from BEFORE / BEFORE_OF to AFTER / AFTER_OF. */
struct interval interval_share_change(double before, double before_of, double after,
				      double after_of);

/* Return how much the count grew. */
struct interval interval_count_change(double before, double after);

/* Does the interval leave out 0?  Then the samples support that there was a change. */
bool interval_is_change(struct interval i);

#endif /* FLAMEGRAPH_INTERVAL_H */
