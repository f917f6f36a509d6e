// SPDX-License-Identifier: BSD-2-Clause
/*
 * beat.c - a loop in step with a clock: of each 1/HZ s half is spent in `first`, three
 * tenths in `second`, the rest in `third`.  A sampler of that rate that does not take
 * care finds it in the same place each time.
 *
 *	beat HZ SECONDS
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NOINLINE __attribute__((noinline, noclone))

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Functions alike would become one. */
#define PART(name, number)                                                                         \
	static NOINLINE void name(uint64_t until)                                                  \
	{                                                                                          \
		do                                                                                 \
			__asm__ volatile("pause # " #number ::: "memory");                         \
		while (now_ns() < until);                                                          \
		__asm__ volatile("" ::: "memory"); /* no tail call */                              \
	}

PART(first, 1)
PART(second, 2)
PART(third, 3)

int main(int argc, char **argv)
{
	double period_ns = 1e9 / (argc > 1 ? atof(argv[1]) : 999);
	double seconds = argc > 2 ? atof(argv[2]) : 1;
	uint64_t begin = now_ns();

	for (unsigned int i = 0; i * period_ns < seconds * 1e9; i++) {
		uint64_t start = begin + (uint64_t)(i * period_ns);

		first(start + (uint64_t)(0.5 * period_ns));
		second(start + (uint64_t)(0.8 * period_ns));
		third(start + (uint64_t)period_ns);
	}
	return 0;
}
