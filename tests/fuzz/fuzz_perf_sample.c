// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_perf_sample.c - any bytes are what the kernel left in a perf ring: whatever is
 * handed over lies within its record, and the rest of a ring that makes no sense is left.
 *
 * The first byte says what samples have (struct perf_layout), the second one where in the
 * ring the records begin, so that some are wrapped; the rest are records.
 */
#include "profiler/source/perf_rings.h"
#include "profiler/source/perf_sample.h"
#include "profiler/recording/sideband.h"
#include "tests/fuzz/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RING_SIZE  (128 * 1024) /* libFuzzer makes 64 KiB at the most */
#define BEGIN_UNIT 512		/* 256 places in the whole ring */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As perf_rings_open() would make them, but for the events. */
static struct perf_rings *make_rings(const uint8_t *records, size_t size, uint64_t begin)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	struct perf_rings *r = calloc(1, sizeof(*r));
	struct perf_ring *ring = calloc(1, sizeof(*ring));
	char *map = mmap(NULL, page_size + RING_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(r && ring && map != MAP_FAILED);
	*r = (struct perf_rings){ .rings = ring, .cnt = 1, .epoll_fd = -1 };
	*ring = (struct perf_ring){ (void *)map, map + page_size, RING_SIZE };
	for (size_t i = 0; i < size; i++)
		map[page_size + (begin + i) % RING_SIZE] = (char)records[i];
	ring->head->data_tail = begin;
	ring->head->data_head = begin + size;
	return r;
}

/* It lies within the record; and every byte is read, which a sanitizer watches. */
static void touch(const void *record, size_t size, const void *part, size_t part_size)
{
	const char *begin = record, *at = part;
	uint64_t sum = 0;

	check(!part_size || (at >= begin && at + part_size <= begin + size));
	for (size_t i = 0; i < part_size; i++)
		sum += (uint8_t)at[i];
	check(sum <= UINT8_MAX * part_size);
}

static void decode_others(const void *record, size_t size, uint32_t type)
{
	char name[COMM_LEN];
	uint32_t tid = 0, parent;

	if (type == PERF_RECORD_COMM && perf_record_comm(record, size, &tid, name))
		check((int32_t)tid > 0 && strnlen(name, sizeof(name)) <= sizeof(name));
	if (type == PERF_RECORD_FORK && perf_record_fork(record, size, &tid, &parent))
		check((int32_t)tid > 0);
	if (type == PERF_RECORD_LOST)
		perf_record_lost(record, size);
}

static void decode(const void *record, size_t size, const struct perf_layout *layout)
{
	struct perf_sample s;

	if (perf_sample_decode(record, size, layout, &s))
		return;
	check(layout->callchain || (!s.kernel_cnt && !s.user_cnt));
	check(layout->stack || (s.regs == PERF_REGS_NONE && !s.stack_size));
	touch(record, size, s.kernel, s.kernel_cnt * sizeof(*s.kernel));
	touch(record, size, s.user, s.user_cnt * sizeof(*s.user));
	touch(record, size, s.stack, s.stack_size);
}

/* As perf_source.c goes through a ring. */
static void read_samples(struct perf_ring *ring, const struct perf_layout *layout, void *bounce)
{
	uint64_t at = perf_ring_tail(ring), head = perf_ring_head(ring), time_ns;
	struct perf_event_header header;

	while (!perf_ring_header(ring, at, head, &header)) {
		const void *record = perf_ring_record(ring, at, header.size, bounce);
		/* Of just its size: a sanitizer sees a byte too many. */
		void *exact = malloc(header.size);

		check(exact);
		memcpy(exact, record, header.size);
		if (!perf_record_time(exact, header.size, &time_ns) &&
		    header.type == PERF_RECORD_SAMPLE)
			decode(exact, header.size, layout);
		decode_others(exact, header.size, header.type);
		free(exact);
		at += header.size;
	}
	check(at <= head);
}

struct seen {
	uint64_t until_ns;
	uint64_t last_ns;
};

static int on_event(void *ctx, const struct sideband_event *event)
{
	struct seen *seen = ctx;

	check(event->time_ns <= seen->until_ns && event->time_ns >= seen->last_ns);
	seen->last_ns = event->time_ns;
	check(event->type <= SIDEBAND_EXIT);
	check(event->type != SIDEBAND_MMAP || strlen(event->path) < PERF_RECORD_MAX);
	return 0;
}

static void read_sideband(struct perf_rings *rings)
{
	struct seen seen = { .until_ns = UINT64_MAX / 2 };
	struct sideband_sink sink = { &seen, on_event };
	struct sideband *sb;
	bool lost;

	check(!sideband_new(rings, &sb));
	check(!sideband_drain(sb, seen.until_ns, &sink, &lost));
	check(perf_ring_tail(&rings->rings[0]) == perf_ring_head(&rings->rings[0]));
	seen.until_ns = UINT64_MAX;
	check(!sideband_drain(sb, seen.until_ns, &sink, &lost) && !lost);
	sideband_close(sb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t bounce[PERF_RECORD_MAX / sizeof(uint64_t)];
	struct perf_layout layout;
	struct perf_rings *rings;

	if (size < 2 || size - 2 > RING_SIZE)
		return 0;
	layout = (struct perf_layout){ .callchain = data[0] & 1, .stack = data[0] & 2 };
	rings = make_rings(data + 2, size - 2, (uint64_t)data[1] * BEGIN_UNIT);
	read_samples(&rings->rings[0], &layout, bounce);
	read_sideband(rings);
	return 0;
}
