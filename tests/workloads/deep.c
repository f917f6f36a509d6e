// SPDX-License-Identifier: BSD-2-Clause
/*
 * deep.c - work at the end of a recursion, and in places that are hard to walk from.
 *
 *	deep DEPTH SECONDS		work() below DEPTH calls of recurse()
 *	deep frames KIB SECONDS		work() below KIB frames of 1 KiB
 *	deep maps COUNT SECONDS		work() in a process with COUNT executable mappings
 *	deep map FILE SECONDS		work() with FILE mapped executable, as a library would be
 */
#include "tests/workloads/spin.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096

SEEN static uint64_t work(double seconds)
{
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds * 1e9), x = SPIN_SEED;

	while (clock_ns(CLOCK_MONOTONIC) < end_ns)
		x = spin(x, 100000);
	return x;
}

SEEN static uint64_t recurse(int depth, double seconds)
{
	uint64_t x = depth > 1 ? recurse(depth - 1, seconds) : work(seconds);

	KEEP(x);
	return x + 1;
}

SEEN static uint64_t recurse_wide(int depth, double seconds)
{
	volatile char frame[1024];
	uint64_t x;

	frame[0] = (char)depth;
	x = depth > 1 ? recurse_wide(depth - 1, seconds) : work(seconds);
	KEEP(x);
	return x + (uint64_t)frame[0];
}

/* Every other page is executable, so that no two become one mapping. */
static int map_pages(int cnt)
{
	for (int i = 0; i < cnt; i++) {
		char *pages = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (pages == MAP_FAILED || mprotect(pages, PAGE, PROT_READ | PROT_EXEC)) {
			perror("deep: mapping");
			return -1;
		}
	}
	return 0;
}

static int map_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) ||
	    mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) ==
		    MAP_FAILED) {
		perror(path);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return recurse(atoi(argv[1]), atof(argv[2])) == 0;
	if (argc != 4)
		return EXIT_FAILURE;
	if (!strcmp(argv[1], "frames"))
		return recurse_wide(atoi(argv[2]), atof(argv[3])) == 0;
	if (!strcmp(argv[1], "maps") ? map_pages(atoi(argv[2])) : map_file(argv[2]))
		return EXIT_FAILURE;
	puts("ready");
	fflush(stdout);
	return work(atof(argv[3])) == 0;
}
