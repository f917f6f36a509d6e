// SPDX-License-Identifier: BSD-2-Clause
/* bpf_ring.c - see bpf_ring.h. */
#include "profiler/bpf_ring.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#define WINDOW_SIZE ((size_t)128 * 1024) /* some of the largest records */
#define LEN_BITS    (BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)

static size_t taken(uint32_t len)
{
	return (((size_t)(len & ~LEN_BITS) + 7) & ~(size_t)7) + BPF_RINGBUF_HDR_SZ;
}

/* The SIZE bytes at position POS, at which the window is from then on if it is not yet. */
static int look(struct bpf_ring *ring, unsigned long pos, size_t size, void **out)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t off = 2 * page + (pos & (ring->size - 1)), end = 2 * page + 2 * ring->size;
	size_t shown = size > WINDOW_SIZE ? size : WINDOW_SIZE;
	int err;

	*out = window_at(&ring->records, off, size);
	if (*out)
		return 0;
	window_close(&ring->records);
	err = window_open(&ring->records, ring->fd, PROT_READ, off,
			  shown < end - off ? shown : end - off);
	if (!err)
		*out = window_at(&ring->records, off, size);
	return err;
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
