// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the sampling program leaves behind, read and handed over: counts of two generations,
 * stacks by id and by hash, records of both rings.  The maps are this program's own: functions
 * of libbpf are defined here, and the rings are files in memory.
 */
#include "profiler/source/bpf_drain.h"
#include "tests/unit/row.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/sample.h"

#define RING_SIZE  65536u
#define COUNTS	   8
#define KERNEL_MAX 4
#define STACK_IDS  4

enum { STACKS0 = 1000, STACKS1 }; /* fds of the stacks maps */

/* stacks[generation][id]: 0 ends a stack; an id that is not there is -ENOENT. */
static struct {
	uint64_t ips[KERNEL_MAX];
	bool is_there;
} stacks[2][STACK_IDS];

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	uint32_t id = *(const uint32_t *)key;

	if (id >= STACK_IDS || !stacks[fd - STACKS0][id].is_there) {
		errno = ENOENT;
		return -ENOENT;
	}
	memcpy(value, stacks[fd - STACKS0][id].ips, sizeof(stacks[0][0].ips));
	return 0;
}

int bpf_map_get_next_key(int fd, const void *key, void *next)
{
	for (uint32_t id = key ? *(const uint32_t *)key + 1 : 0; id < STACK_IDS; id++) {
		if (!stacks[fd - STACKS0][id].is_there)
			continue;
		memcpy(next, &id, sizeof(id));
		return 0;
	}
	errno = ENOENT;
	return -ENOENT;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	stacks[fd - STACKS0][*(const uint32_t *)key].is_there = false;
	return 0;
}

/* A file in memory is always readable, and epoll refuses it. */
int epoll_ctl(int epoll_fd, int op, int fd, struct epoll_event *event)
{
	return 0;
}

/* What the sink was given: ips[0] is enough to know a stack by. */
struct taken {
	struct {
		uint32_t tgid, divisor;
		uint64_t count, kernel, user;
		size_t kernel_cnt, user_cnt;
		enum unwind_result end;
	} samples[8];
	size_t cnt, copy_cnt;
	uint32_t process;
	uint64_t copy_kernel;
	bool copy_is_cut;
	int err;
};

static int take_sample(void *ctx, const struct raw_sample *raw)
{
	struct taken *t = ctx;

	assert_true(t->cnt < ARRAY_SIZE(t->samples));
	t->samples[t->cnt].tgid = raw->tgid;
	t->samples[t->cnt].divisor = raw->divisor;
	t->samples[t->cnt].count = raw->count;
	t->samples[t->cnt].kernel = raw->kernel_cnt ? raw->kernel[0] : 0;
	t->samples[t->cnt].user = raw->user_cnt ? raw->user[0] : 0;
	t->samples[t->cnt].kernel_cnt = raw->kernel_cnt;
	t->samples[t->cnt].user_cnt = raw->user_cnt;
	t->samples[t->cnt++].end = raw->user_end;
	return t->err;
}

static int take_copy(void *ctx, const struct raw_copy *raw)
{
	struct taken *t = ctx;

	t->copy_cnt++;
	t->copy_kernel = raw->kernel_cnt ? raw->kernel[0] : 0;
	t->copy_is_cut = raw->is_cut;
	return t->err;
}

static int take_code(void *ctx, const struct sample_code *code, size_t size)
{
	(void)ctx;
	(void)code;
	(void)size;
	return 0;
}

static int take_process(void *ctx, uint32_t tgid)
{
	((struct taken *)ctx)->process = tgid;
	return 0;
}

struct fixture {
	struct sample_count counts[2][COUNTS];
	volatile uint32_t generation;
	struct bpf_drain *drain;
	int fds[2]; /* of the rings */
	struct taken taken;
	struct source_sink sink;
};

static int make_ring(void)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 2 * sysconf(_SC_PAGESIZE) + 2 * (off_t)RING_SIZE), 0);
	return fd;
}

static void begin(struct fixture *f, bool cfi)
{
	struct bpf_drain_opts opts = {
		.stacks = { STACKS0, STACKS1 },
		.counts = { f->counts[0], f->counts[1] },
		.ring_size = RING_SIZE,
		.copies_size = RING_SIZE,
		.generation = &f->generation,
		.count_cnt = COUNTS,
		.kernel_max = KERNEL_MAX,
		.cfi = cfi,
	};

	memset(f, 0, sizeof(*f));
	memset(stacks, 0, sizeof(stacks));
	opts.ring = f->fds[0] = make_ring();
	opts.copies = f->fds[1] = make_ring();
	f->sink =
		(struct source_sink){ &f->taken, take_sample, take_copy, take_process, take_code };
	assert_int_equal(bpf_drain_open(&opts, &f->drain), 0);
	assert_true(bpf_drain_fd(f->drain) >= 0);
}

static void end(struct fixture *f)
{
	bpf_drain_close(f->drain);
	close(f->fds[0]);
	close(f->fds[1]);
}

/* Append a record as the program would: a header of 8 bytes, of which 4 are the length. */
static void put(int fd, const void *record, size_t size)
{
	long page = sysconf(_SC_PAGESIZE);
	unsigned long pos;
	uint32_t header[2] = { (uint32_t)size, 0 };

	assert_int_equal(pread(fd, &pos, sizeof(pos), page), sizeof(pos));
	assert_true(pos + size + sizeof(header) <= RING_SIZE);
	assert_int_equal(pwrite(fd, header, sizeof(header), 2 * page + (long)pos), 8);
	assert_int_equal(pwrite(fd, record, size, 2 * page + (long)pos + 8), size);
	pos += sizeof(header) + ((size + 7) & ~7UL);
	assert_int_equal(pwrite(fd, &pos, sizeof(pos), page), sizeof(pos));
}

static void put_stacks(struct fixture *f, struct sample_key key, uint8_t generation,
		       size_t user_cnt, int kernel_cnt)
{
	struct sample_stacks rec = { .type = RECORD_STACKS,
				     .user_cnt = (uint16_t)user_cnt,
				     .user_end = UNWIND_END,
				     .generation = generation,
				     .key = key,
				     .kernel_cnt = kernel_cnt };
	size_t cnt = user_cnt + (size_t)(kernel_cnt > 0 ? kernel_cnt : 0);

	for (size_t i = 0; i < cnt; i++)
		rec.ips[i] = i < user_cnt ? 0x100 + i : 0x900 + i - user_cnt;
	put(f->fds[0], &rec, offsetof(struct sample_stacks, ips) + 8 * cnt);
}

static void add_count(struct fixture *f, int generation, int at, struct sample_key key,
		      uint64_t count)
{
	f->counts[generation][at] =
		(struct sample_count){ .key = key, .count = count, .is_used = 1 };
}

static void set_stack(int generation, uint32_t id, uint64_t ip, size_t cnt)
{
	stacks[generation][id].is_there = true;
	for (size_t i = 0; i < cnt; i++)
		stacks[generation][id].ips[i] = ip + i;
}

static void counts_have_their_stacks_by_id(void **state)
{
	struct fixture f;

	begin(&f, false);
	set_stack(0, 1, 0x1000, 3);
	set_stack(0, 2, 0x2000, KERNEL_MAX);
	add_count(&f, 0, 0, (struct sample_key){ .tgid = 7, .user = 1, .kernel = 2 }, 5);
	add_count(&f, 0, 3, (struct sample_key){ .tgid = 8, .user = 1, .kernel = -4096 }, 2);
	add_count(&f, 0, 5, (struct sample_key){ .tgid = 9, .user = 3, .kernel = 2 }, 4);
	add_count(&f, 0, 6, (struct sample_key){ .tgid = 9, .user = 1, .kernel = 2 }, 0);
	assert_int_equal(bpf_drain_all(f.drain, &f.sink, true), 0);
	assert_int_equal(f.generation, 1);
	assert_int_equal(f.taken.cnt, 2);
	assert_int_equal(f.taken.samples[0].count, 5);
	assert_int_equal(f.taken.samples[0].user, 0x1000);
	assert_int_equal(f.taken.samples[0].user_cnt, 3);
	assert_int_equal(f.taken.samples[0].kernel, 0x2000);
	assert_int_equal(f.taken.samples[0].kernel_cnt, KERNEL_MAX);
	assert_int_equal(f.taken.samples[0].end, UNWIND_RESULT_CNT);
	assert_int_equal(f.taken.samples[1].kernel_cnt, 0);
	assert_int_equal(bpf_drain_missing(f.drain), 4); /* its user stack is not there */
	assert_false(stacks[0][1].is_there || stacks[0][2].is_there);
	assert_int_equal(f.counts[0][0].is_used, 0);
	end(&f);
}

/* Each generation has stacks of its own, and the rate that it was filled at. */
static void generations_take_turns(void **state)
{
	struct fixture f;

	begin(&f, false);
	set_stack(0, 1, 0x1000, 1);
	set_stack(1, 1, 0x3000, 1);
	bpf_drain_set_divisor(f.drain, 4); /* from the turn on */
	add_count(&f, 0, 0, (struct sample_key){ .tgid = 7, .user = 1, .kernel = -4096 }, 1);
	assert_int_equal(bpf_drain_all(f.drain, &f.sink, false), 0);
	add_count(&f, 1, 0, (struct sample_key){ .tgid = 7, .user = 1, .kernel = -4096 }, 1);
	assert_int_equal(bpf_drain_all(f.drain, &f.sink, true), 0);
	assert_int_equal(f.generation, 0);
	assert_int_equal(f.taken.cnt, 2);
	assert_int_equal(f.taken.samples[0].user, 0x1000);
	assert_int_equal(f.taken.samples[0].divisor, 1);
	assert_int_equal(f.taken.samples[1].user, 0x3000);
	assert_int_equal(f.taken.samples[1].divisor, 4);
	end(&f);
}

/* A stack that was walked by tables comes by value once, and is a hash from then on. */
static void counts_have_their_stacks_by_hash(void **state)
{
	const struct sample_key key = { .tgid = 7, .user = 0xabc1, .kernel = -4096 };
	struct fixture f;

	begin(&f, true);
	put_stacks(&f, key, 0, 3, -1);
	add_count(&f, 0, 0, key, 6);
	add_count(&f, 0, 1, (struct sample_key){ .tgid = 7, .user = 0xdef1, .kernel = -4096 }, 2);
	add_count(&f, 0, 2, (struct sample_key){ .tgid = 8, .kernel = -4096 }, 1);
	assert_int_equal(bpf_drain_all(f.drain, &f.sink, true), 0);
	assert_int_equal(f.taken.cnt, 3);
	assert_int_equal(f.taken.samples[0].count, 1);
	assert_int_equal(f.taken.samples[1].count, 6);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(f.taken.samples[i].user, 0x100);
		assert_int_equal(f.taken.samples[i].user_cnt, 3);
		assert_int_equal(f.taken.samples[i].end, UNWIND_END);
	}
	assert_int_equal(f.taken.samples[2].user_cnt, 0); /* a task without user code */
	assert_int_equal(bpf_drain_missing(f.drain), 2);
	/* No other generation knows its hashes, nor the next one in its place. */
	add_count(&f, 1, 0, key, 3);
	assert_int_equal(bpf_drain_all(f.drain, &f.sink, true), 0);
	add_count(&f, 0, 0, key, 4);
	assert_int_equal(bpf_drain_all(f.drain, &f.sink, true), 0);
	assert_int_equal(f.taken.cnt, 3);
	assert_int_equal(bpf_drain_missing(f.drain), 9);
	end(&f);
}

static void records_have_their_kernel_stack_by_value_or_by_id(void **state)
{
	static const struct {
		const char *name;
		int kernel_id, kernel_cnt;
		size_t want_cnt;
		uint64_t want;
		bool is_missing;
	} rows[] = {
		{ "by value", -17, 2, 2, 0x900, false },
		{ "by id", 1, -1, 1, 0x1000, false },
		{ "none", -4096, -1, 0, 0, false },
		{ "by an id that is not there", 3, -1, 0, 0, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture f;

		begin(&f, true);
		set_stack(1, 1, 0x1000, 1);
		put_stacks(&f,
			   (struct sample_key){ .tgid = 7, .user = 3, .kernel = rows[i].kernel_id },
			   1, 2, rows[i].kernel_cnt);
		ROW_EQUAL(rows[i].name, bpf_drain_rings(f.drain, &f.sink), 0);
		ROW_EQUAL(rows[i].name, f.taken.cnt, !rows[i].is_missing);
		ROW_EQUAL(rows[i].name, bpf_drain_missing(f.drain), rows[i].is_missing);
		ROW_EQUAL(rows[i].name, f.taken.samples[0].kernel_cnt, rows[i].want_cnt);
		ROW_EQUAL(rows[i].name, f.taken.samples[0].kernel, rows[i].want);
		end(&f);
	}
}

static void other_records_reach_the_sink(void **state)
{
	static struct sample_copy copy = { .type = RECORD_COPY,
					   .size = SAMPLE_COPY_SIZE,
					   .key = { .tgid = 7, .kernel = -17 },
					   .kernel_cnt = 1,
					   .kernel = { 0x77 } };
	const struct sample_process process = { .type = RECORD_PROCESS, .tgid = 42 };
	const uint32_t nonsense[] = { 99, 1, 2 };
	struct fixture f;

	begin(&f, true);
	put(f.fds[0], nonsense, sizeof(nonsense));
	put(f.fds[0], &process, sizeof(process));
	put(f.fds[0], &process, sizeof(process) - 4); /* cut short */
	put(f.fds[1], &copy, sizeof(copy));
	put(f.fds[1], &copy, sizeof(copy) - 8);
	assert_int_equal(bpf_drain_rings(f.drain, &f.sink), 0);
	assert_int_equal(f.taken.process, 42);
	assert_int_equal(f.taken.copy_cnt, 1);
	assert_int_equal(f.taken.copy_kernel, 0x77);
	assert_true(f.taken.copy_is_cut);
	assert_int_equal(f.taken.cnt, 0);
	end(&f);
}

static void an_error_of_the_sink_comes_back(void **state)
{
	struct fixture f;

	begin(&f, true);
	f.taken.err = -ENOMEM;
	put_stacks(&f, (struct sample_key){ .tgid = 7, .user = 3, .kernel = -4096 }, 0, 2, -1);
	assert_int_equal(bpf_drain_rings(f.drain, &f.sink), -ENOMEM);
	end(&f);
	begin(&f, false);
	f.taken.err = -ENOMEM;
	add_count(&f, 0, 0, (struct sample_key){ .tgid = 7, .user = (__u64)-1, .kernel = -4096 },
		  1);
	assert_int_equal(bpf_drain_all(f.drain, &f.sink, true), -ENOMEM);
	end(&f);
	bpf_drain_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_have_their_stacks_by_id),
		cmocka_unit_test(generations_take_turns),
		cmocka_unit_test(counts_have_their_stacks_by_hash),
		cmocka_unit_test(records_have_their_kernel_stack_by_value_or_by_id),
		cmocka_unit_test(other_records_reach_the_sink),
		cmocka_unit_test(an_error_of_the_sink_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
