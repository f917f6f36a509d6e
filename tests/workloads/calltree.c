// SPDX-License-Identifier: BSD-2-Clause
/*
 * calltree.c - a call tree whose split of CPU time is known: the program measures
 * it itself and prints it.
 *
 *	calltree SECONDS [THREADS]
 *	calltree SECONDSc [THREADS]	so many seconds of each thread's CPU time: a machine that
 *					is busy with other things takes longer, and sees as much
 *
 *	main - run - phase_a - leaf_a				5 parts of 10
 *		   - phase_b - mid_b - leaf_b			3
 *		   - phase_c - recurse (60 deep) - leaf_c	1
 *		   - phase_d - lib_outer - lib_inner		1, in libinner.so
 *
 * prints a line "TRUTH function share" for each leaf, and the CPU seconds.
 */
#include "tests/workloads/libinner.h"
#include "tests/workloads/spin.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Of one part, some 4 ms: several samples fall into each phase, so that the shares
 * are measured and not drawn by lot.
 */
#define ROUNDS	    2000000L
#define DEPTH	    60
#define THREADS_MAX 16

enum { LEAF_A, LEAF_B, LEAF_C, LIB_INNER, LEAF_CNT };

static const char *const leaf_names[] = { "leaf_a", "leaf_b", "leaf_c", "lib_inner" };

struct tally {
	uint64_t ns[LEAF_CNT];
};

static double seconds;
static clockid_t end_clock = CLOCK_MONOTONIC; /* whose seconds they are */

/* Each leaf differs, so that no linker folds them into one. */
SEEN static uint64_t leaf_a(uint64_t x, long part)
{
	return spin(x, 5 * part);
}

SEEN static uint64_t leaf_b(uint64_t x, long part)
{
	return spin(x, 3 * part) + 1;
}

SEEN static uint64_t leaf_c(uint64_t x, long part)
{
	return spin(x, part) + 2;
}

SEEN static uint64_t mid_b(uint64_t x, long part)
{
	x = leaf_b(x, part);
	KEEP(x);
	return x + 1;
}

SEEN static uint64_t recurse(int depth, uint64_t x, long part)
{
	x = depth > 1 ? recurse(depth - 1, x, part) : leaf_c(x, part);
	KEEP(x);
	return x + 1;
}

SEEN static uint64_t phase_a(uint64_t x, long part)
{
	x = leaf_a(x, part);
	KEEP(x);
	return x + 1;
}

SEEN static uint64_t phase_b(uint64_t x, long part)
{
	x = mid_b(x, part);
	KEEP(x);
	return x + 1;
}

SEEN static uint64_t phase_c(uint64_t x, long part)
{
	x = recurse(DEPTH, x, part);
	KEEP(x);
	return x + 1;
}

SEEN static uint64_t phase_d(uint64_t x, long part)
{
	x = lib_outer(x, part);
	KEEP(x);
	return x + 1;
}

SEEN static void *run(void *arg)
{
	static uint64_t (*const phases[])(uint64_t, long) = { phase_a, phase_b, phase_c, phase_d };
	uint64_t end = clock_ns(end_clock) + (uint64_t)(seconds * 1e9);
	uint64_t x = SPIN_SEED, before = clock_ns(CLOCK_THREAD_CPUTIME_ID), after;
	struct tally *tally = arg;

	while (clock_ns(end_clock) < end) {
		/* No two turns are of one length: in step with the sampler shares go wrong. */
		long part = ROUNDS / 2 + (long)(x % ROUNDS);

		for (int i = 0; i < LEAF_CNT; i++) {
			x = phases[i](x, part);
			after = clock_ns(CLOCK_THREAD_CPUTIME_ID);
			tally->ns[i] += after - before;
			before = after;
		}
	}
	KEEP(x);
	return NULL;
}

static void run_threads(struct tally *tallies, int thread_cnt)
{
	pthread_t threads[THREADS_MAX];

	for (int i = 0; i < thread_cnt; i++) {
		if (pthread_create(&threads[i], NULL, run, &tallies[i]))
			exit(EXIT_FAILURE);
	}
	for (int i = 0; i < thread_cnt; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	struct tally tallies[THREADS_MAX] = { 0 };
	int thread_cnt = argc > 2 ? atoi(argv[2]) : 0;
	uint64_t sums[LEAF_CNT] = { 0 }, all = 0;

	seconds = argc > 1 ? atof(argv[1]) : 5;
	if (argc > 1 && strchr(argv[1], 'c'))
		end_clock = CLOCK_THREAD_CPUTIME_ID;
	if (thread_cnt < 0 || thread_cnt > THREADS_MAX)
		return EXIT_FAILURE;
	if (thread_cnt)
		run_threads(tallies, thread_cnt);
	else
		run(&tallies[0]);
	for (int i = 0; i < LEAF_CNT; i++) {
		for (int j = 0; j < THREADS_MAX; j++)
			sums[i] += tallies[j].ns[i];
		all += sums[i];
	}
	for (int i = 0; i < LEAF_CNT && all; i++)
		printf("TRUTH %s %.5f\n", leaf_names[i], (double)sums[i] / (double)all);
	printf("CPU %.3f\n", (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9);
	return EXIT_SUCCESS;
}
