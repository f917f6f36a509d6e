/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * governor.h - how often to sample, so that it costs no more than it may.  The
 * decision alone: who measures, and who changes the rate, is budget.c.
 *
 * Units:     costs are shares of what they may be: 1 is the limit.  The rate is the
 *            one that was asked for divided by a power of two.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_GOVERNOR_H
#define PROFILER_SOURCE_GOVERNOR_H

/* What an interval has cost. */
struct governor_cost {
	double ticks; /* what the ticks took, which falls with the rate */
	double other; /* draining and following processes, which falls with the rate in part */
};

struct governor {
	unsigned int divisor, divisor_max;
	unsigned int dear, cheap; /* how many intervals in a row were */
};

/* Never below a rate of GOVERNOR_MIN_HZ: less is no profile any more, and saves nothing. */
#define GOVERNOR_MIN_HZ 10

/* The largest divisor that leaves a rate of GOVERNOR_MIN_HZ. */
unsigned int governor_divisor_max(unsigned int freq_hz);

void governor_init(struct governor *g, unsigned int freq_hz);

/*
 * What the divisor is after an interval that cost so much.
 *
 * Lower as soon as two intervals in a row were above the limit (one may have read a
 * large program, which has nothing to do with the rate), and at once as far as the
 * limit demands; but not when the ticks take less than an eighth of the limit: then
 * it is not the rate that costs, and a poorer profile would be as dear.  Higher by
 * one step, when for five in a row twice the rate would have left a quarter of the
 * limit, or of that eighth, unused.
 */
unsigned int governor_decide(struct governor *g, struct governor_cost cost);

#endif /* PROFILER_SOURCE_GOVERNOR_H */
