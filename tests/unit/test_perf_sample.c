// SPDX-License-Identifier: BSD-2-Clause
/* Records of perf rings: whole, cut short, lying about themselves, wrapped around the end. */
#include "profiler/source/perf_rings.h"
#include "profiler/source/perf_sample.h"
#include "bpf/sample.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REGS_64 17
#define USER	0x400000ULL
#define KERNEL	0xffffffff81000000ULL

static const struct perf_layout whole = { .callchain = true, .stack = true };

/* A record in memory of just its size, so that a sanitizer sees a byte too many. */
struct built {
	uint64_t words[256];
	size_t cnt;
};

static void add(struct built *b, uint64_t word)
{
	assert_true(b->cnt < ARRAY_SIZE(b->words));
	b->words[b->cnt++] = word;
}

static void begin(struct built *b)
{
	b->cnt = 0;
	add(b, 0); /* the header, see decode() */
	add(b, USER + 0x123);
	add(b, 7ULL | 8ULL << 32);
	add(b, 1234567);
}

static void add_chain(struct built *b, size_t cnt, const uint64_t *ips)
{
	add(b, cnt);
	for (size_t i = 0; i < cnt; i++)
		add(b, ips[i]);
}

/* Register number N, in the order of the kernel's bits, has the value 100 + N. */
static void add_regs(struct built *b, uint64_t abi)
{
	add(b, abi);
	for (uint64_t i = 0; abi && i < REGS_64; i++)
		add(b, 100 + i);
}

static void add_stack(struct built *b, size_t words, uint64_t used)
{
	add(b, words * 8);
	for (size_t i = 0; i < words; i++)
		add(b, 0x5000 + i);
	if (words)
		add(b, used);
}

static void *exact(const struct built *b, size_t size, uint32_t type)
{
	struct perf_event_header header = { .type = type, .size = (uint16_t)size };
	void *record = malloc(size ? size : 1);

	assert_non_null(record);
	memcpy(record, b->words, size);
	if (size >= sizeof(header))
		memcpy(record, &header, sizeof(header));
	return record;
}

static void a_whole_record_is_taken_apart(void **state)
{
	static const uint64_t ips[] = { (uint64_t)PERF_CONTEXT_KERNEL, KERNEL + 1, KERNEL + 2,
					(uint64_t)PERF_CONTEXT_USER, USER + 3 };
	struct built b;
	struct perf_sample s;
	uint64_t time_ns;
	void *record;

	begin(&b);
	add_chain(&b, 5, ips);
	add_regs(&b, PERF_SAMPLE_REGS_ABI_64);
	add_stack(&b, 4, 24);
	record = exact(&b, b.cnt * 8, PERF_RECORD_SAMPLE);
	assert_int_equal(perf_sample_decode(record, b.cnt * 8, &whole, &s), 0);
	assert_int_equal(s.tgid, 7);
	assert_int_equal(s.tid, 8);
	assert_int_equal(s.time_ns, 1234567);
	assert_int_equal(s.kernel_cnt, 2);
	assert_int_equal(s.kernel[1], KERNEL + 2);
	assert_int_equal(s.user_cnt, 1);
	assert_int_equal(s.user[0], USER + 3);
	assert_int_equal(s.regs, PERF_REGS_64);
	assert_int_equal(s.state.fp, 106);
	assert_int_equal(s.state.sp, 107);
	assert_int_equal(s.state.ip, 108);
	assert_int_equal(s.state.greg[UNWIND_RAX], 100);
	assert_int_equal(s.state.greg[UNWIND_RBX], 101);
	assert_int_equal(s.state.greg[UNWIND_RCX], 102);
	assert_int_equal(s.state.greg[UNWIND_RDX], 103);
	assert_int_equal(s.state.greg[UNWIND_RSI], 104);
	assert_int_equal(s.state.greg[UNWIND_RDI], 105);
	assert_int_equal(s.state.greg[UNWIND_RBP], 106);
	assert_int_equal(s.state.greg[UNWIND_R8], 109);
	assert_int_equal(s.state.greg[UNWIND_R15], 116);
	assert_int_equal(s.state.is_return, 0);
	assert_int_equal(s.stack_size, 24);
	assert_false(s.stack_is_cut);
	assert_int_equal(((const uint64_t *)s.stack)[2], 0x5002);
	assert_int_equal(perf_record_time(record, b.cnt * 8, &time_ns), 0);
	assert_int_equal(time_ns, 1234567);
	free(record);
}

/* Frames of kernel and user code in one chain, the outermost user frame being the last. */
static void *deep_chain(size_t kernel_cnt, size_t user_cnt, size_t *size)
{
	size_t cnt = 2 + kernel_cnt + user_cnt;
	uint64_t *words;
	struct built b;

	begin(&b);
	add(&b, cnt);
	*size = (b.cnt + cnt) * sizeof(*words);
	words = malloc(*size);
	assert_non_null(words);
	memcpy(words, b.words, b.cnt * sizeof(*words));
	words[b.cnt] = (uint64_t)PERF_CONTEXT_KERNEL;
	for (size_t i = 0; i < kernel_cnt; i++)
		words[b.cnt + 1 + i] = KERNEL + i;
	words[b.cnt + 1 + kernel_cnt] = (uint64_t)PERF_CONTEXT_USER;
	for (size_t i = 0; i < user_cnt; i++)
		words[b.cnt + 2 + kernel_cnt + i] = USER + i;
	return words;
}

static void a_chain_that_is_too_deep_is_cut_and_marked(void **state)
{
	static const struct {
		const char *name;
		size_t kernel_cnt, user_cnt, want;
		bool is_cut;
	} rows[] = {
		{ "none", 3, 0, 0, false },
		{ "as deep as may be", 3, SAMPLE_USER_MAX, SAMPLE_USER_MAX, false },
		{ "one frame more", 3, SAMPLE_USER_MAX + 1, SAMPLE_USER_MAX, true },
		{ "twice as deep", 127, 1024, SAMPLE_USER_MAX, true },
	};
	static const struct perf_layout chain_only = { .callchain = true };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct perf_sample s;
		size_t size;
		void *record = deep_chain(rows[i].kernel_cnt, rows[i].user_cnt, &size);

		ROW_EQUAL(rows[i].name, perf_sample_decode(record, size, &chain_only, &s), 0);
		ROW_EQUAL(rows[i].name, s.kernel_cnt, rows[i].kernel_cnt);
		ROW_EQUAL(rows[i].name, s.user_cnt, rows[i].want);
		ROW_EQUAL(rows[i].name, s.user_is_cut, rows[i].is_cut);
		if (rows[i].want)
			ROW_EQUAL(rows[i].name, s.user[rows[i].want - 1], USER + rows[i].want - 1);
		free(record);
	}
}

/* Wherever it ends: nothing behind it is read, and it is never taken for a sample. */
static void a_record_cut_anywhere_is_refused(void **state)
{
	static const uint64_t ips[] = { (uint64_t)PERF_CONTEXT_KERNEL, KERNEL };
	struct perf_sample s;
	struct built b;

	begin(&b);
	add_chain(&b, 2, ips);
	add_regs(&b, PERF_SAMPLE_REGS_ABI_64);
	add_stack(&b, 4, 32);
	for (size_t size = 0; size < b.cnt * 8; size++) {
		void *record = exact(&b, size, PERF_RECORD_SAMPLE);

		ROW_EQUAL("cut", perf_sample_decode(record, size, &whole, &s), -EBADMSG);
		free(record);
	}
}

static void what_a_record_says_of_itself_is_checked(void **state)
{
	static const struct {
		const char *name;
		uint64_t chain_cnt, abi, stack_size, used;
		int err;
	} rows[] = {
		{ "as it is", 1, 2, 16, 16, 0 },
		{ "more frames than there are", 1000, 2, 16, 16, -EBADMSG },
		{ "frames that overflow", UINT64_MAX, 2, 16, 16, -EBADMSG },
		{ "frames that overflow in bytes", 1ULL << 61, 2, 16, 16, -EBADMSG },
		{ "an ABI that is none", 1, 3, 16, 16, -EBADMSG },
		{ "a larger stack than there is", 1, 2, 1600, 16, -EBADMSG },
		{ "a stack that overflows", 1, 2, UINT64_MAX & ~7ULL, 16, -EBADMSG },
		{ "a stack of half words", 1, 2, 12, 12, -EBADMSG },
		{ "more used than copied", 1, 2, 16, 17, -EBADMSG },
		{ "far more used than copied", 1, 2, 16, UINT64_MAX, -EBADMSG },
		{ "nothing used", 1, 2, 16, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct perf_sample s;
		struct built b;
		void *record;

		begin(&b);
		add(&b, rows[i].chain_cnt);
		add(&b, KERNEL);
		add_regs(&b, 2);
		b.words[6] = rows[i].abi;
		add(&b, rows[i].stack_size);
		add(&b, 1);
		add(&b, 2);
		add(&b, rows[i].used);
		record = exact(&b, b.cnt * 8, PERF_RECORD_SAMPLE);
		ROW_EQUAL(rows[i].name, perf_sample_decode(record, b.cnt * 8, &whole, &s),
			  rows[i].err);
		if (!rows[i].err)
			ROW_EQUAL(rows[i].name, s.stack_size, rows[i].used);
		free(record);
	}
}

static void samples_without_user_code_have_none(void **state)
{
	/* Frames without a marker, of a guest, and a marker at the end. */
	static const uint64_t ips[] = { USER, (uint64_t)PERF_CONTEXT_GUEST, USER,
					(uint64_t)PERF_CONTEXT_KERNEL };
	struct perf_sample s;
	struct built b;
	void *record;

	begin(&b);
	add_chain(&b, 4, ips);
	add_regs(&b, PERF_SAMPLE_REGS_ABI_NONE);
	add_stack(&b, 0, 0);
	record = exact(&b, b.cnt * 8, PERF_RECORD_SAMPLE);
	assert_int_equal(perf_sample_decode(record, b.cnt * 8, &whole, &s), 0);
	assert_int_equal(s.regs, PERF_REGS_NONE);
	assert_int_equal(s.stack_size, 0);
	assert_int_equal(s.kernel_cnt, 0);
	assert_int_equal(s.user_cnt, 0);
	free(record);
}

static void a_full_copy_is_cut_and_32_bit_is_told(void **state)
{
	struct perf_sample s;
	struct built b;
	void *record;

	begin(&b);
	add_chain(&b, 0, NULL);
	add_regs(&b, PERF_SAMPLE_REGS_ABI_32);
	add_stack(&b, 2, 16);
	record = exact(&b, b.cnt * 8, PERF_RECORD_SAMPLE);
	assert_int_equal(perf_sample_decode(record, b.cnt * 8, &whole, &s), 0);
	assert_int_equal(s.regs, PERF_REGS_32);
	assert_true(s.stack_is_cut);
	free(record);
}

static void the_time_of_other_records_is_at_their_end(void **state)
{
	struct built b = { .cnt = 0 };
	uint64_t time_ns;
	void *record;

	for (int i = 0; i < 4; i++)
		add(&b, 11 + (uint64_t)i);
	for (size_t size = 0; size <= 32; size += 8) {
		record = exact(&b, size, PERF_RECORD_COMM);
		ROW_EQUAL("COMM", perf_record_time(record, size, &time_ns),
			  size < 24 ? -EBADMSG : 0);
		if (size >= 24)
			ROW_EQUAL("COMM", time_ns, 10 + size / 8);
		free(record);
		record = exact(&b, size, PERF_RECORD_SAMPLE);
		ROW_EQUAL("SAMPLE", perf_record_time(record, size, &time_ns),
			  size < 32 ? -EBADMSG : 0);
		free(record);
	}
}

#define RING_SIZE 64

/* A ring of 64 bytes in which byte N of the stream has the value N. */
static void records_wrap_around_the_end_of_a_ring(void **state)
{
	static char bounce[PERF_RECORD_MAX];
	struct perf_event_mmap_page page = { .data_head = 96, .data_tail = 40 };
	char data[RING_SIZE];
	struct perf_ring ring = { &page, data, RING_SIZE };
	const struct perf_event_header header = { .type = PERF_RECORD_COMM, .size = 40 };
	struct perf_event_header got;
	const char *record;

	for (int at = 40; at < 96; at++)
		data[at % RING_SIZE] = (char)at;
	memcpy(&data[40], &header, sizeof(header));
	assert_int_equal(perf_ring_head(&ring), 96);
	assert_int_equal(perf_ring_header(&ring, 40, 96, &got), 0);
	assert_int_equal(got.size, 40);
	record = perf_ring_record(&ring, 40, 40, bounce);
	assert_ptr_equal(record, bounce);
	for (int i = 8; i < 40; i++)
		assert_int_equal(record[i], 40 + i);
	record = perf_ring_record(&ring, 40, 24, bounce);
	assert_ptr_equal(record, &data[40]);
	perf_ring_release(&ring, 80);
	assert_int_equal(perf_ring_tail(&ring), 80);
}

static void headers_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *name;
		uint16_t size;
		uint64_t left;
		int err;
	} rows[] = {
		{ "empty", 0, 32, -EBADMSG },
		{ "smaller than a header", 7, 32, -EBADMSG },
		{ "no whole words", 12, 32, -EBADMSG },
		{ "a header alone", 8, 32, 0 },
		{ "as long as what is there", 32, 32, 0 },
		{ "longer than what is there", 40, 32, -EBADMSG },
		{ "the largest", 65528, 32, -EBADMSG },
		{ "less than a header left", 8, 4, -EBADMSG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct perf_event_header header = { .size = rows[i].size }, got;
		struct perf_event_mmap_page page = { 0 };
		char data[RING_SIZE] = "";
		struct perf_ring ring = { &page, data, RING_SIZE };

		memcpy(data, &header, sizeof(header));
		ROW_EQUAL(rows[i].name,
			  perf_ring_header(&ring, RING_SIZE, RING_SIZE + rows[i].left, &got),
			  rows[i].err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_record_is_taken_apart),
		cmocka_unit_test(a_chain_that_is_too_deep_is_cut_and_marked),
		cmocka_unit_test(a_record_cut_anywhere_is_refused),
		cmocka_unit_test(what_a_record_says_of_itself_is_checked),
		cmocka_unit_test(samples_without_user_code_have_none),
		cmocka_unit_test(a_full_copy_is_cut_and_32_bit_is_told),
		cmocka_unit_test(the_time_of_other_records_is_at_their_end),
		cmocka_unit_test(records_wrap_around_the_end_of_a_ring),
		cmocka_unit_test(headers_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
