// SPDX-License-Identifier: BSD-2-Clause
/* Records that lie in rings made by hand come out as events, in the order of time. */
#include "profiler/recording/sideband.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#define RING_SIZE 4096
#define RING_CNT  2

struct world {
	struct sideband *sideband;
	struct perf_ring *rings;
	struct sideband_event events[32];
	char paths[32][32];
	size_t cnt;
	int err; /* what the sink answers */
};

static int set_up(void **state)
{
	struct perf_rings *rings = calloc(1, sizeof(*rings));
	struct world *w = calloc(1, sizeof(*w));
	long page = sysconf(_SC_PAGESIZE);

	assert_true(rings && w);
	rings->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	rings->rings = calloc(RING_CNT, sizeof(*rings->rings));
	rings->cnt = RING_CNT;
	for (size_t i = 0; i < RING_CNT; i++) {
		char *memory = mmap(NULL, (size_t)page + RING_SIZE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		assert_true(memory != MAP_FAILED);
		rings->rings[i] = (struct perf_ring){ (void *)memory, memory + page, RING_SIZE };
	}
	w->rings = rings->rings;
	assert_int_equal(sideband_new(rings, &w->sideband), 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	sideband_close(w->sideband);
	free(w);
	return 0;
}

/* Append to ring NR, around its end if need be. */
static void put(struct world *w, size_t nr, const void *record, size_t size)
{
	struct perf_ring *ring = &w->rings[nr];
	uint64_t head = ring->head->data_head;

	for (size_t i = 0; i < size; i++)
		((char *)ring->data)[(head + i) % RING_SIZE] = ((const char *)record)[i];
	ring->head->data_head = head + size;
}

/* A record of this type and MISC: BODY, then what sample_id_all adds. */
static void put_record(struct world *w, size_t nr, uint32_t type, uint16_t misc, const void *body,
		       size_t body_size, uint64_t time_ns)
{
	char bytes[512] = { 0 };
	struct perf_event_header header = { .type = type, .misc = misc };
	struct {
		uint32_t pid, tid;
		uint64_t time_ns;
	} tail = { 1, 1, time_ns };
	size_t padded = (body_size + 7) & ~(size_t)7;

	header.size = (uint16_t)(sizeof(header) + padded + sizeof(tail));
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), body, body_size);
	memcpy(bytes + sizeof(header) + padded, &tail, sizeof(tail));
	put(w, nr, bytes, header.size);
}

static void put_task(struct world *w, size_t nr, uint32_t type, uint32_t pid, uint32_t ppid,
		     uint32_t tid, uint64_t time_ns)
{
	const uint32_t body[] = { pid, ppid, tid, ppid, 0, 0 };

	put_record(w, nr, type, 0, body, sizeof(body), time_ns);
}

static void put_mmap(struct world *w, size_t nr, uint32_t prot, const char *path, uint64_t time_ns)
{
	struct {
		uint32_t pid, tid;
		uint64_t addr, len, pgoff;
		uint32_t maj, min;
		uint64_t ino, ino_generation;
		uint32_t prot, flags;
		char path[32];
	} body = { .pid = 10,
		   .tid = 11,
		   .addr = 0x400000,
		   .len = 0x2000,
		   .pgoff = 0x1000,
		   .maj = 8,
		   .min = 1,
		   .ino = 42,
		   .ino_generation = 7,
		   .prot = prot };

	assert_true(strlen(path) < sizeof(body.path));
	memcpy(body.path, path, strlen(path));
	put_record(w, nr, PERF_RECORD_MMAP2, 0, &body, sizeof(body), time_ns);
}

static int on_event(void *ctx, const struct sideband_event *event)
{
	struct world *w = ctx;

	assert_true(w->cnt < ARRAY_SIZE(w->events));
	if (event->path)
		snprintf(w->paths[w->cnt], sizeof(w->paths[0]), "%s", event->path);
	w->events[w->cnt++] = *event;
	return w->err;
}

static int drain(struct world *w, uint64_t until_ns, bool *lost)
{
	const struct sideband_sink sink = { .ctx = w, .event = on_event };

	return sideband_drain(w->sideband, until_ns, &sink, lost);
}

static void each_kind_of_record_is_an_event(void **state)
{
	static const struct {
		const char *name;
		enum sideband_type type;
		uint32_t tgid, parent;
	} rows[] = {
		{ "a process forks", SIDEBAND_FORK, 20, 10 },
		{ "a program is executed", SIDEBAND_EXEC, 20, 0 },
		{ "code is mapped", SIDEBAND_MMAP, 10, 0 },
		{ "a process ends", SIDEBAND_EXIT, 20, 10 },
	};
	const uint32_t comm[] = { 20, 20, 0x6c73, 0 };
	struct world *w = *state;
	bool lost;

	put_task(w, 0, PERF_RECORD_FORK, 20, 10, 20, 1);
	put_task(w, 0, PERF_RECORD_FORK, 20, 20, 21, 2);	      /* a thread */
	put_record(w, 0, PERF_RECORD_COMM, 0, comm, sizeof(comm), 3); /* only a new name */
	put_record(w, 0, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC, comm, sizeof(comm), 4);
	put_mmap(w, 0, PROT_READ | PROT_EXEC, "/usr/lib/x.so", 5);
	put_mmap(w, 0, PROT_READ, "/usr/share/x", 6);
	put_task(w, 0, PERF_RECORD_EXIT, 20, 10, 21, 8); /* a thread */
	put_task(w, 0, PERF_RECORD_EXIT, 20, 10, 20, 9);
	put_record(w, 0, PERF_RECORD_SAMPLE, 0, comm, sizeof(comm), 10);
	assert_int_equal(drain(w, UINT64_MAX, &lost), 0);
	assert_false(lost);
	assert_int_equal(w->cnt, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ROW_EQUAL(rows[i].name, w->events[i].type, rows[i].type);
		ROW_EQUAL(rows[i].name, w->events[i].tgid, rows[i].tgid);
		ROW_EQUAL(rows[i].name, w->events[i].parent, rows[i].parent);
	}
	assert_int_equal(w->events[2].start, 0x400000);
	assert_int_equal(w->events[2].end, 0x402000);
	assert_int_equal(w->events[2].off, 0x1000);
	assert_int_equal(w->events[2].dev, 0x801);
	assert_int_equal(w->events[2].inode, 42);
	assert_int_equal(w->events[2].generation, 7);
	assert_string_equal(w->paths[2], "/usr/lib/x.so");
}

static bool ignores_10(void *ctx, uint32_t tgid)
{
	return tgid == 10;
}

static void mappings_that_nobody_asks_for_are_no_events(void **state)
{
	struct world *w = *state;
	const struct sideband_sink sink = { .ctx = w, .event = on_event, .ignores = ignores_10 };
	bool lost;

	put_mmap(w, 0, PROT_READ | PROT_EXEC, "/usr/lib/x.so", 1);
	put_task(w, 0, PERF_RECORD_EXIT, 10, 1, 10, 2);
	assert_int_equal(sideband_drain(w->sideband, UINT64_MAX, &sink, &lost), 0);
	assert_int_equal(w->cnt, 1);
	assert_int_equal(w->events[0].type, SIDEBAND_EXIT);
}

static void events_come_in_the_order_of_time_over_all_rings(void **state)
{
	struct world *w = *state;
	bool lost;

	put_task(w, 0, PERF_RECORD_EXIT, 1, 0, 1, 10);
	put_task(w, 0, PERF_RECORD_EXIT, 4, 0, 4, 40);
	put_task(w, 1, PERF_RECORD_EXIT, 2, 0, 2, 20);
	put_task(w, 1, PERF_RECORD_EXIT, 3, 0, 3, 30);
	assert_int_equal(drain(w, 20, &lost), 0); /* up to here and no further */
	assert_int_equal(w->cnt, 2);
	put_task(w, 1, PERF_RECORD_EXIT, 5, 0, 5, 40); /* behind the other one of that time */
	assert_int_equal(drain(w, UINT64_MAX, &lost), 0);
	assert_int_equal(w->cnt, 5);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(w->events[i].tgid, i + 1);
	assert_int_equal(drain(w, UINT64_MAX, &lost), 0);
	assert_int_equal(w->cnt, 5);
}

/* More than a ring holds, in turns. */
static void a_ring_is_used_again_and_again(void **state)
{
	struct world *w = *state;
	bool lost;

	for (uint32_t i = 1; i < 1000; i++) {
		w->cnt = 0;
		put_task(w, i % RING_CNT, PERF_RECORD_EXIT, i, 0, i, i);
		assert_int_equal(drain(w, UINT64_MAX, &lost), 0);
		assert_int_equal(w->cnt, 1);
		assert_int_equal(w->events[0].tgid, i);
	}
}

static void what_was_lost_is_said_once(void **state)
{
	static const struct {
		const char *name;
		struct perf_event_header header;
	} rows[] = {
		{ "the kernel says so", { .type = PERF_RECORD_LOST, .size = 8 } },
		{ "a record without a size", { .type = PERF_RECORD_EXIT, .size = 0 } },
		{ "a record that is not all there", { .type = PERF_RECORD_EXIT, .size = 800 } },
	};
	struct world *w = *state;
	bool lost;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put(w, 0, &rows[i].header, sizeof(rows[i].header));
		ROW_EQUAL(rows[i].name, drain(w, UINT64_MAX, &lost), 0);
		ROW_TRUE(rows[i].name, lost);
		ROW_EQUAL(rows[i].name, drain(w, UINT64_MAX, &lost), 0);
		ROW_TRUE(rows[i].name, !lost);
		put_task(w, 0, PERF_RECORD_EXIT, 1, 0, 1, 10);
		ROW_EQUAL(rows[i].name, drain(w, UINT64_MAX, &lost), 0);
		ROW_EQUAL(rows[i].name, w->cnt, i + 1);
	}
}

static void a_record_that_is_too_short_is_no_event(void **state)
{
	static const uint32_t types[] = { PERF_RECORD_MMAP2, PERF_RECORD_FORK, PERF_RECORD_EXIT };
	const uint32_t body[2] = { 0 };
	struct world *w = *state;
	bool lost;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		put_record(w, 0, types[i], 0, body, types[i] == PERF_RECORD_MMAP2 ? 8 : 0, i);
	assert_int_equal(drain(w, UINT64_MAX, &lost), 0);
	for (size_t i = 0; i < w->cnt; i++)
		assert_int_not_equal(w->events[i].type, SIDEBAND_MMAP);
	put(w, 0, &(struct perf_event_header){ .type = PERF_RECORD_EXIT, .size = 8 }, 8);
	w->cnt = 0;
	assert_int_equal(drain(w, UINT64_MAX, &lost), 0);
	assert_int_equal(w->cnt, 0);
}

static void an_error_of_the_sink_ends_the_drain(void **state)
{
	struct cpus_gone gone;
	struct world *w = *state;
	bool lost;

	for (uint32_t i = 1; i < 4; i++)
		put_task(w, 0, PERF_RECORD_EXIT, i, 0, i, i);
	w->err = -EIO;
	assert_int_equal(drain(w, UINT64_MAX, &lost), -EIO);
	assert_int_equal(w->cnt, 1);
	w->err = 0;
	assert_int_equal(drain(w, UINT64_MAX, &lost), 0);
	assert_int_equal(w->cnt, 3);
	sideband_gone(w->sideband, &gone);
	assert_int_equal(gone.cnt, 0); /* not of everybody */
	assert_true(sideband_fd(w->sideband) >= 0);
}

#define WITH_RINGS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RINGS(each_kind_of_record_is_an_event),
		WITH_RINGS(mappings_that_nobody_asks_for_are_no_events),
		WITH_RINGS(events_come_in_the_order_of_time_over_all_rings),
		WITH_RINGS(a_ring_is_used_again_and_again),
		WITH_RINGS(what_was_lost_is_said_once),
		WITH_RINGS(a_record_that_is_too_short_is_no_event),
		WITH_RINGS(an_error_of_the_sink_ends_the_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
