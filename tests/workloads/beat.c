// SPDX-License-Identifier: BSD-2-Clause
/*
 * beat.c - a loop in step with a clock: half of each 1/HZ s is spent in `first`, three
 * tenths in `second`, the rest in `third`.  A sampler of that rate that does not take
 * care finds it in the same place each time.
 *
 *	beat HZ SECONDS
 *
 * Prints the shares of CPU time as calltree does: who has to wait for the CPU is late.
 */
#include "tests/workloads/spin.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 500 /* some microsecond: a clock read is a small part of it, seldom sampled */

enum { FIRST, SECOND, THIRD, PART_CNT };

/* Each differs, so that no linker folds them into one. */
SEEN static uint64_t first(uint64_t until, uint64_t x)
{
	while (clock_ns(CLOCK_MONOTONIC) < until)
		x = spin(x, ROUNDS);
	return x;
}

SEEN static uint64_t second(uint64_t until, uint64_t x)
{
	while (clock_ns(CLOCK_MONOTONIC) < until)
		x = spin(x, ROUNDS) + 1;
	return x;
}

SEEN static uint64_t third(uint64_t until, uint64_t x)
{
	while (clock_ns(CLOCK_MONOTONIC) < until)
		x = spin(x, ROUNDS) + 2;
	return x;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint64_t (*run)(uint64_t until, uint64_t x);
		double end; /* of the period */
	} parts[] = { { "first", first, 0.5 }, { "second", second, 0.8 }, { "third", third, 1 } };
	double period_ns = 1e9 / (argc > 1 ? atof(argv[1]) : 999);
	double seconds = argc > 2 ? atof(argv[2]) : 1;
	uint64_t begin = clock_ns(CLOCK_MONOTONIC), cpu_ns[PART_CNT] = { 0 }, all_ns = 0,
		 x = SPIN_SEED;

	for (unsigned int i = 0; i * period_ns < seconds * 1e9; i++) {
		for (int part = 0; part < PART_CNT; part++) {
			uint64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID);

			x = parts[part].run(begin + (uint64_t)((i + parts[part].end) * period_ns),
					    x);
			cpu_ns[part] += clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
		}
	}
	for (int part = 0; part < PART_CNT; part++)
		all_ns += cpu_ns[part];
	for (int part = 0; part < PART_CNT; part++)
		printf("TRUTH %s %.5f\n", parts[part].name, (double)cpu_ns[part] / (double)all_ns);
	KEEP(x);
	return 0;
}
