/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interval.h - how far a difference of two counts, or of two shares, can be trusted:
 * 95 % intervals that hold for small counts and for none as well.
 */
#ifndef FLAMEGRAPH_INTERVAL_H
#define FLAMEGRAPH_INTERVAL_H

#include <stdbool.h>

struct interval {
	double low, high;
};

/* A share: CNT of OF; of nothing it can be anything from 0 to 1. */
struct interval interval_share(double cnt, double of);

/* A count: what it would be on average, if it was seen once. */
struct interval interval_count(double cnt);

/* How much the share grew from BEFORE of BEFORE_OF to AFTER of AFTER_OF. */
struct interval interval_share_change(double before, double before_of, double after,
				      double after_of);

/* How much the count grew. */
struct interval interval_count_change(double before, double after);

/* Is "no change" outside?  Then the samples support that there was one. */
bool interval_is_change(struct interval i);

#endif /* FLAMEGRAPH_INTERVAL_H */
