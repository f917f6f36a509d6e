// SPDX-License-Identifier: BSD-2-Clause
/*
 * crowd.c - too many of everything, within bounds.
 *
 *	crowd threads COUNT SECONDS	COUNT threads at once, each in crowd_work(), from then on
 *	crowd forks SECONDS		as many processes as its limit lets it have: each
 *					works for a millisecond and makes two more
 *
 * prints "ready" once the threads are there; "refused N" for the forks that failed.
 */
#include "tests/workloads/spin.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 20000
#define FORKS_MAX   20000 /* in all, whatever happens */
#define STACK_SIZE  (64 * 1024)
#define WORK_US	    40 /* of crowd_work() */

static uint64_t life_ns, end_ns;
static useconds_t pause_us; /* between two pieces of a thread's work */
static pthread_mutex_t start_line = PTHREAD_MUTEX_INITIALIZER;

static void begin_life(void)
{
	end_ns = clock_ns(CLOCK_MONOTONIC) + life_ns;
}

static int time_is_up(void)
{
	return clock_ns(CLOCK_MONOTONIC) >= end_ns;
}

SEEN static uint64_t crowd_work(uint64_t x)
{
	return spin(x, 20000);
}

static void *work(void *arg)
{
	uint64_t x = SPIN_SEED;

	pthread_mutex_lock(&start_line); /* until all are there */
	pthread_mutex_unlock(&start_line);
	while (!time_is_up()) {
		x = crowd_work(x);
		usleep(pause_us);
	}
	KEEP(x);
	return NULL;
}

static int crowd_threads(int cnt)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	/*
	 * One CPU's worth of work for any number of threads.  If they want more than there is,
	 * each of ten thousand has a ten thousandth, and so has whoever looks at them.
	 */
	pause_us = (useconds_t)cnt * WORK_US;
	pthread_mutex_lock(&start_line);
	for (int i = 0; i < cnt && i < THREADS_MAX; i++) {
		pthread_t thread;

		if (pthread_create(&thread, &attr, work, NULL)) {
			perror("crowd: pthread_create");
			return EXIT_FAILURE;
		}
	}
	begin_life(); /* it may have taken half a minute to come here */
	puts("ready");
	fflush(stdout);
	pthread_mutex_unlock(&start_line);
	work(NULL);
	usleep(2 * pause_us); /* the others end, too */
	return EXIT_SUCCESS;
}

struct tally {
	int forks, refused;
};

static void multiply(struct tally *tally)
{
	for (int i = 0; i < 2 && !time_is_up(); i++) {
		pid_t pid;

		if (__atomic_add_fetch(&tally->forks, 1, __ATOMIC_RELAXED) > FORKS_MAX)
			return;
		pid = fork();
		if (pid < 0) {
			__atomic_add_fetch(&tally->refused, 1, __ATOMIC_RELAXED);
			usleep(5000);
		}
		if (!pid) {
			uint64_t x = SPIN_SEED;

			for (int round = 0; round < 25; round++)
				x = crowd_work(x);
			KEEP(x);
			multiply(tally);
			while (wait(NULL) > 0)
				;
			_exit(EXIT_SUCCESS);
		}
	}
}

static int crowd_forks(void)
{
	struct tally *tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (tally == MAP_FAILED)
		return EXIT_FAILURE;
	begin_life();
	while (!time_is_up() && tally->forks < FORKS_MAX) {
		multiply(tally);
		while (wait(NULL) > 0)
			;
	}
	printf("refused %d\n", tally->refused);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return EXIT_FAILURE;
	life_ns = (uint64_t)(atof(argv[argc - 1]) * 1e9);
	if (!strcmp(argv[1], "threads") && argc == 4)
		return crowd_threads(atoi(argv[2]));
	return strcmp(argv[1], "forks") ? EXIT_FAILURE : crowd_forks();
}
