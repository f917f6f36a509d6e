// SPDX-License-Identifier: BSD-2-Clause
/*
 * faults.c - page faults and system calls: touch_pages() faults on every page of
 * fresh memory, which the kernel must clear and map.
 *
 *	faults SECONDS
 */
#include "tests/workloads/spin.h"

#include <stdlib.h>
#include <sys/mman.h>

#define PAGE_SIZE 4096
#define AREA_SIZE (4 * 1024 * 1024)

SEEN static void touch_pages(volatile char *area)
{
	OWN_FRAME();
	for (size_t i = 0; i < AREA_SIZE; i += PAGE_SIZE)
		area[i] = 1;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 2;
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds * 1e9);

	while (clock_ns(CLOCK_MONOTONIC) < end_ns) {
		char *area = mmap(NULL, AREA_SIZE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (area == MAP_FAILED)
			return EXIT_FAILURE;
		touch_pages(area);
		munmap(area, AREA_SIZE);
	}
	return EXIT_SUCCESS;
}
