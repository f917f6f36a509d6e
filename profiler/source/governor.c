// SPDX-License-Identifier: BSD-2-Clause
/* governor.c - see governor.h. */
#include "profiler/source/governor.h"

#include <stdbool.h>

#define DEAR_INTERVALS	2
#define CHEAP_INTERVALS 5
#define CHEAP		0.75  /* the part of a bound that twice the rate may take */
#define TICKS_LEAST	0.125 /* the part of the limit below which ticks are no reason */

unsigned int governor_divisor_max(unsigned int freq_hz)
{
	unsigned int divisor = 1;

	while (freq_hz / (2 * divisor) >= GOVERNOR_MIN_HZ)
		divisor *= 2;
	return divisor;
}

void governor_init(struct governor *g, unsigned int freq_hz)
{
	*g = (struct governor){ .divisor = 1, .divisor_max = governor_divisor_max(freq_hz) };
}

/* Does the interval call for a lower rate? */
static bool is_dear(struct governor_cost cost)
{
	return cost.ticks + cost.other > 1 && cost.ticks > TICKS_LEAST;
}

static bool is_cheap(struct governor_cost cost)
{
	return 2 * (cost.ticks + cost.other) <= CHEAP || 2 * cost.ticks <= CHEAP * TICKS_LEAST;
}

/* All of the cost is taken for the rate's: what is not shows in the next intervals. */
static void lower(struct governor *g, struct governor_cost cost)
{
	do {
		g->divisor *= 2;
		cost.ticks /= 2;
		cost.other /= 2;
	} while (is_dear(cost) && g->divisor < g->divisor_max);
}

unsigned int governor_decide(struct governor *g, struct governor_cost cost)
{
	g->dear = is_dear(cost) ? g->dear + 1 : 0;
	g->cheap = is_cheap(cost) ? g->cheap + 1 : 0;
	if (g->dear >= DEAR_INTERVALS && g->divisor < g->divisor_max) {
		lower(g, cost);
		g->dear = 0;
	} else if (g->cheap >= CHEAP_INTERVALS && g->divisor > 1) {
		g->divisor /= 2;
		g->cheap = 0;
	}
	return g->divisor;
}
