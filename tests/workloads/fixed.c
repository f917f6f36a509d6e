// SPDX-License-Identifier: BSD-2-Clause
/*
 * fixed.c - a fixed piece of work, to be timed: 40 frames below main, some 4 ms a unit.
 *
 *	fixed UNITS [THREADS]		UNITS in each thread
 */
#include "tests/workloads/spin.h"

#include <pthread.h>
#include <stdlib.h>

#define DEPTH	    40
#define ROUNDS	    2000000L
#define THREADS_MAX 1024

static long units;

SEEN static uint64_t unit(int depth, uint64_t x)
{
	x = depth > 1 ? unit(depth - 1, x) : spin(x, ROUNDS);
	KEEP(x);
	return x + 1;
}

SEEN static void *work(void *arg)
{
	uint64_t x = SPIN_SEED;

	for (long i = 0; i < units; i++)
		x = unit(DEPTH, x);
	KEEP(x);
	return arg;
}

int main(int argc, char **argv)
{
	static pthread_t threads[THREADS_MAX];
	int cnt = argc > 2 ? atoi(argv[2]) : 1;

	units = argc > 1 ? atol(argv[1]) : 0;
	if (units <= 0 || cnt < 1 || cnt > THREADS_MAX)
		return EXIT_FAILURE;
	for (int i = 0; i < cnt; i++) {
		if (pthread_create(&threads[i], NULL, work, NULL))
			return EXIT_FAILURE;
	}
	for (int i = 0; i < cnt; i++)
		pthread_join(threads[i], NULL);
	return EXIT_SUCCESS;
}
