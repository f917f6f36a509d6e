// SPDX-License-Identifier: BSD-2-Clause
/* window.c - see window.h. */
#include "profiler/window.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int window_open(struct window *window, int fd, int prot, size_t off, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t first = off & ~(page - 1), end = (off + size + page - 1) & ~(page - 1);
	void *bytes = mmap(NULL, end - first, prot, MAP_SHARED, fd, (off_t)first);

	*window = (struct window){ 0 };
	if (bytes == MAP_FAILED)
		return -errno;
	*window = (struct window){ bytes, first, end - first };
	return 0;
}

void window_close(struct window *window)
{
	if (window->bytes)
		munmap(window->bytes, window->size);
	*window = (struct window){ 0 };
}

void *window_at(const struct window *window, size_t off, size_t size)
{
	if (!window->bytes || off < window->off || size > window->size ||
	    off - window->off > window->size - size)
		return NULL;
	return window->bytes + (off - window->off);
}
