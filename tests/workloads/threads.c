// SPDX-License-Identifier: BSD-2-Clause
/*
 * threads.c - threads that start late, and one that becomes another program.
 *
 *	threads SECONDS		two threads in late_work(), the second of them
 *				named "latecomer", started after half the time
 *	threads exec PROGRAM..	a thread other than the first executes PROGRAM
 *
 * prints "LATE thread-id" for the second thread.
 */
#include "tests/workloads/spin.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double seconds;

SEEN static uint64_t late_work(uint64_t x, uint64_t end_ns)
{
	while (clock_ns(CLOCK_MONOTONIC) < end_ns)
		x = spin(x, 100000);
	return x;
}

static void *work(void *arg)
{
	uint64_t x = SPIN_SEED;

	pthread_setname_np(pthread_self(), arg);
	if (!strcmp(arg, "latecomer")) {
		printf("LATE %d\n", (int)gettid());
		fflush(stdout);
	}
	x = late_work(x, clock_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds / 2 * 1e9));
	KEEP(x);
	return NULL;
}

static void *become(void *arg)
{
	char **argv = arg;

	execvp(argv[0], argv);
	exit(EXIT_FAILURE);
}

static int start(void *(*function)(void *), void *arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, arg) || pthread_join(thread, NULL))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	pthread_t first;

	if (argc > 2 && !strcmp(argv[1], "exec"))
		return start(become, argv + 2);
	seconds = argc > 1 ? atof(argv[1]) : 2;
	if (pthread_create(&first, NULL, work, "early bird"))
		return EXIT_FAILURE;
	pthread_join(first, NULL);
	return start(work, "latecomer");
}
