/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * window.h - a part of a BPF map's memory, mapped for as long as it is looked at.
 *
 * The kernel fills in a mapping of a map at once: every page of it counts as ours from the
 * first moment, whether it is ever touched or not.  So what is large is never mapped whole.
 *
 * Source:    the mmapable arrays and the rings of bpf/.
 * Units:     bytes.
 * Ownership: window_close(); a window is closed before it is opened elsewhere.
 * Errors:    0 or a negative errno.
 * Threads:   no shared state.
 */
#ifndef PROFILER_WINDOW_H
#define PROFILER_WINDOW_H

#include <stddef.h>

struct window {
	char *bytes;	  /* NULL: closed */
	size_t off, size; /* whole pages: what it shows of the map's memory */
};

/* SIZE bytes from OFF on, and what else is on their pages.  PROT: as of mmap(). */
int window_open(struct window *window, int fd, int prot, size_t off, size_t size);
void window_close(struct window *window); /* a closed one is fine */

/* Where OFF is in it; NULL: the SIZE bytes there are not all in it. */
void *window_at(const struct window *window, size_t off, size_t size);

#endif /* PROFILER_WINDOW_H */
