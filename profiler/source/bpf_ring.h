/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bpf_ring.h - read a BPF ring buffer through a window that moves along.
 *
 * libbpf's reader maps the records twice in a row and for ever, so that a ring counts as
 * twice its size in our memory: 18 MiB of rings that are empty but for a moment.
 *
 * Source:    the kernel's kernel/bpf/ringbuf.c: a page with the reader's position, one with
 *            the writers', then the records, which the kernel lets us see twice in a row, so
 *            that none is ever cut in two.  A record has a header of 8 bytes, the first 4 of
 *            which are its length and two bits (<linux/bpf.h>), and takes a multiple of 8.
 * Units:     bytes.
 * Ownership: bpf_ring_close(); the map is the caller's.
 * Errors:    0 or a negative errno.
 * Threads:   one; the writers are BPF programs.
 */
#ifndef PROFILER_SOURCE_BPF_RING_H
#define PROFILER_SOURCE_BPF_RING_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/window.h"

struct bpf_ring {
	int fd;
	size_t size; /* of the records, a power of two */
	struct window consumer, producer, records;
};

/* Called with a record, which stays in the ring until this returns.  A result that is not 0
 * ends the reading behind this record. */
typedef int (*bpf_ring_fn)(void *ctx, void *record, size_t size);

/* MAP_FD is a ring buffer of SIZE bytes. */
int bpf_ring_open(struct bpf_ring *ring, int map_fd, size_t size);
void bpf_ring_close(struct bpf_ring *ring); /* one that was never opened is fine, if all zero */

/* Read all records that are there, and those that come meanwhile. */
int bpf_ring_read(struct bpf_ring *ring, bpf_ring_fn fn, void *ctx);

#endif /* PROFILER_SOURCE_BPF_RING_H */
