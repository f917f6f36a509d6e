/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * allowance.h - a share of a CPU that some kind of work may take.
 *
 *     allowance_charge(&publishing, now_ns(), cost_ns, 20);
 *     if (allowance_debt_ns(&publishing, now_ns()))
 *             wait;
 *
 * What was spent is paid for by the time that goes by: work that costs a millisecond and may take
 * a twentieth is paid for after twenty.  A caller that waits until nothing is owed keeps to the
 * share; one that waits when more than N is owed lets N times the share pass at once.  More than
 * ALLOWANCE_DEBT_MAX_NS is never owed, so that what could not wait is forgotten some time.
 *
 * Units:     CLOCK_MONOTONIC.
 * Threads:   no shared state.
 */
#ifndef PROFILER_ALLOWANCE_H
#define PROFILER_ALLOWANCE_H

#include <stdint.h>

#define ALLOWANCE_DEBT_MAX_NS 4000000000ULL

struct allowance {
	uint64_t paid_at_ns; /* when nothing will be owed; all zero: nothing was spent yet */
};

/* COST_NS was spent by NOW, of ONE_OF parts of a CPU: 20 are 5 %. */
static inline void allowance_charge(struct allowance *a, uint64_t now, uint64_t cost_ns,
				    unsigned int one_of)
{
	a->paid_at_ns = (a->paid_at_ns > now ? a->paid_at_ns : now) + cost_ns * one_of;
	if (a->paid_at_ns > now + ALLOWANCE_DEBT_MAX_NS)
		a->paid_at_ns = now + ALLOWANCE_DEBT_MAX_NS;
}

/* For how long what was spent by NOW is not paid for. */
static inline uint64_t allowance_debt_ns(const struct allowance *a, uint64_t now)
{
	return a->paid_at_ns > now ? a->paid_at_ns - now : 0;
}

#endif /* PROFILER_ALLOWANCE_H */
