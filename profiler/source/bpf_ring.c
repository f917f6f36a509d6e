// SPDX-License-Identifier: BSD-2-Clause
/* bpf_ring.c - see bpf_ring.h. */
#include "profiler/source/bpf_ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * A ring of this size is mapped once: then reading makes no call that has to wait for the
 * memory's lock, which a thread of lower priority may have.  A larger one at each so many.
 */
#define WINDOW_SIZE ((size_t)1024 * 1024)
#define RECORD_MAX  ((size_t)64 * 1024) /* behind the end the records follow once more */
#define LEN_BITS    (BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)

static size_t taken(uint32_t len)
{
	return (((size_t)(len & ~LEN_BITS) + 7) & ~(size_t)7) + BPF_RINGBUF_HDR_SZ;
}

/* The SIZE bytes at position POS, to which the window is moved if they are not in it. */
static int look(struct bpf_ring *ring, unsigned long pos, size_t size, void **out)
{
	size_t first = 2 * (size_t)sysconf(_SC_PAGESIZE), end = first + 2 * ring->size;
	size_t off = first + (pos & (ring->size - 1)), from = off;
	size_t shown = WINDOW_SIZE + RECORD_MAX;
	int err;

	*out = window_at(&ring->records, off, size);
	if (*out)
		return 0;
	if (ring->size <= WINDOW_SIZE)
		from = first;
	if (shown > end - from)
		shown = end - from;
	window_close(&ring->records);
	err = window_open(&ring->records, ring->fd, PROT_READ, from, shown);
	if (!err)
		*out = window_at(&ring->records, off, size);
	return err ? err : *out ? 0 : -EMSGSIZE;
}

static int read_record(struct bpf_ring *ring, unsigned long pos, uint32_t len, bpf_ring_fn fn,
		       void *ctx)
{
	void *record;
	int err;

	if (len & BPF_RINGBUF_DISCARD_BIT)
		return 0;
	err = look(ring, pos, taken(len), &record);
	return err ? err : fn(ctx, (char *)record + BPF_RINGBUF_HDR_SZ, len);
}

int bpf_ring_read(struct bpf_ring *ring, bpf_ring_fn fn, void *ctx)
{
	unsigned long *consumer = (unsigned long *)ring->consumer.bytes, pos = *consumer;
	unsigned long *producer = (unsigned long *)ring->producer.bytes;
	int err = 0;

	while (!err && pos < __atomic_load_n(producer, __ATOMIC_ACQUIRE)) {
		uint32_t *header, len;

		err = look(ring, pos, BPF_RINGBUF_HDR_SZ, (void **)&header);
		if (err)
			break;
		len = __atomic_load_n(header, __ATOMIC_ACQUIRE);
		if (len & BPF_RINGBUF_BUSY_BIT)
			break; /* still being written: the next time */
		err = read_record(ring, pos, len, fn, ctx);
		pos += taken(len);
		__atomic_store_n(consumer, pos, __ATOMIC_RELEASE);
	}
	return err;
}

int bpf_ring_open(struct bpf_ring *ring, int map_fd, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int err;

	*ring = (struct bpf_ring){ .fd = map_fd, .size = size };
	err = window_open(&ring->consumer, map_fd, PROT_READ | PROT_WRITE, 0, page);
	if (!err)
		err = window_open(&ring->producer, map_fd, PROT_READ, page, page);
	return err;
}

void bpf_ring_close(struct bpf_ring *ring)
{
	window_close(&ring->consumer);
	window_close(&ring->producer);
	window_close(&ring->records);
}
