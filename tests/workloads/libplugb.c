// SPDX-License-Identifier: BSD-2-Clause
/* libplugb.c - a plug-in of lives.c; the other one has other functions at the same places. */
#include "tests/workloads/spin.h"

SEEN static uint64_t beta_work(uint64_t x)
{
	return spin(x, 20000);
}

uint64_t plugin_work(long ms);

uint64_t plugin_work(long ms)
{
	uint64_t end = clock_ns(CLOCK_MONOTONIC) + (uint64_t)ms * 1000000, x = SPIN_SEED;

	while (clock_ns(CLOCK_MONOTONIC) < end) {
		x = beta_work(x);
		KEEP(x);
	}
	return x;
}
