// SPDX-License-Identifier: BSD-2-Clause
/*
 * sources.c - one function that every table may name, one that only a .symtab has,
 * calls through stubs, and the vDSO: built in many ways by t34-sources.sh.
 *
 *	sources SECONDS
 */
#include "tests/workloads/spin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 200000L

static inline __attribute__((always_inline)) uint64_t inlined_work(uint64_t x)
{
	x = spin(x, ROUNDS);
	KEEP(x);
	return x;
}

SEEN static uint64_t local_work(uint64_t x)
{
	x = inlined_work(x) + 1;
	KEEP(x);
	return x;
}

SEEN uint64_t exported_work(uint64_t x);

SEEN uint64_t exported_work(uint64_t x)
{
	x = spin(x, ROUNDS);
	x = local_work(x);
	KEEP(x);
	return x;
}

/* Never: but the compiler must believe it, so that the call is there. */
static uint64_t by_stub(uint64_t x)
{
	if (x == 1)
		abort();
	return x + (uint64_t)getenv("WICK_SOURCES") + strlen("");
}

int main(int argc, char **argv)
{
	uint64_t end, x = SPIN_SEED;

	end = clock_ns(CLOCK_MONOTONIC) + (uint64_t)(strtod(argc > 1 ? argv[1] : "1", NULL) * 1e9);
	while (clock_ns(CLOCK_MONOTONIC) < end)
		x = by_stub(exported_work(x));
	return x == 1;
}
