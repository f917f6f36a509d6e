// SPDX-License-Identifier: BSD-2-Clause
/*
 * interval.c - score intervals, and how two of them make that of a difference.
 *
 * A share has the score interval of Wilson (1927), a count that of a Poisson variable.  For
 * a difference the squares of the distances of both ends add up (Newcombe 1998, method 10,
 * for shares; Zou and Donner 2008 in general).
 */
#include "flamegraph/interval.h"

#include <math.h>

#define Z 1.959963984540054 /* 97.5 % of the normal distribution lie below */

struct interval interval_share(double cnt, double of)
{
	double share, middle, half;

	if (!(of > 0))
		return (struct interval){ 0, 1 };
	share = cnt / of;
	middle = (share + Z * Z / (2 * of)) / (1 + Z * Z / of);
	half = Z / (1 + Z * Z / of) *
	       sqrt(fmax(share * (1 - share), 0) / of + Z * Z / (4 * of * of));
	return (struct interval){ fmax(middle - half, 0), fmin(middle + half, 1) };
}

struct interval interval_count(double cnt)
{
	double middle = cnt + Z * Z / 2, half = Z * sqrt(cnt + Z * Z / 4);

	return (struct interval){ fmax(middle - half, 0), middle + half };
}

static struct interval difference(double before, struct interval b, double after, struct interval a)
{
	return (struct interval){
		after - before - hypot(after - a.low, b.high - before),
		after - before + hypot(a.high - after, before - b.low),
	};
}

struct interval interval_share_change(double before, double before_of, double after,
				      double after_of)
{
	return difference(before_of > 0 ? before / before_of : 0, interval_share(before, before_of),
			  after_of > 0 ? after / after_of : 0, interval_share(after, after_of));
}

struct interval interval_count_change(double before, double after)
{
	return difference(before, interval_count(before), after, interval_count(after));
}

bool interval_is_change(struct interval i)
{
	return i.low > 0 || i.high < 0;
}
