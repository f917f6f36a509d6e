// SPDX-License-Identifier: BSD-2-Clause
/*
 * jumps.c - sets the clock of a machine that is nobody's: an hour on, an hour back.
 *
 *	jumps MS COUNT
 *
 * so often, MS milliseconds each, and is an hour ahead at the end.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define HOUR_S 3600

static bool jump(long s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += s;
	return !clock_settime(CLOCK_REALTIME, &now);
}

int main(int argc, char **argv)
{
	long ms = argc > 2 ? atol(argv[1]) : 0, cnt = argc > 2 ? atol(argv[2]) : 0;
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	for (long i = 0; i < cnt; i++) {
		if (!jump(i % 2 ? -HOUR_S : HOUR_S)) {
			perror("jumps");
			return EXIT_FAILURE;
		}
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	return cnt % 2 || jump(HOUR_S) ? EXIT_SUCCESS : EXIT_FAILURE;
}
