// SPDX-License-Identifier: BSD-2-Clause
/*
 * unlinked.c - deletes its own file, then works in orphan_work() for SECONDS, as a
 * program does that was upgraded while it ran.
 *
 *	unlinked SECONDS
 */
#include "tests/workloads/spin.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

SEEN static uint64_t orphan_work(uint64_t end_ns)
{
	uint64_t x = SPIN_SEED;

	while (clock_ns(CLOCK_MONOTONIC) < end_ns)
		x = spin(x, 100000);
	return x;
}

int main(int argc, char **argv)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	double seconds = argc > 1 ? atof(argv[1]) : 2;

	if (len < 0)
		return EXIT_FAILURE;
	self[len] = '\0';
	if (unlink(self))
		return EXIT_FAILURE;
	puts("DELETED");
	fflush(stdout);
	return orphan_work(clock_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds * 1e9)) == 0;
}
