// SPDX-License-Identifier: BSD-2-Clause
/*
 * blocked.c - threads that wait in known functions: the first reads stdin below outer(), middle()
 * and inner(); another, whose name a terminal would obey, waits for ever.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static volatile int depth;

__attribute__((noinline)) static long inner(void)
{
	char byte;
	long got = read(STDIN_FILENO, &byte, 1); /* the line of inner() */

	depth--;
	return got;
}

__attribute__((noinline)) static long middle(void)
{
	long got = inner(); /* the line of middle() */

	depth--;
	return got;
}

__attribute__((noinline)) static long outer(void)
{
	long got = middle(); /* the line of outer() */

	depth--;
	return got;
}

__attribute__((noinline)) static void wait_for_ever(void)
{
	for (;;) {
		pause();
		depth--;
	}
}

static void *run(void *arg)
{
	(void)arg;
	prctl(PR_SET_NAME, "a\033[2J\nb");
	wait_for_ever();
	return NULL;
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL))
		return 1;
	printf("ready\n");
	fflush(stdout);
	return outer() < 0;
}
