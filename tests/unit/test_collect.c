// SPDX-License-Identifier: BSD-2-Clause
/*
 * Samples and stacks come out of collect as a source put them in.  The tracker is a fake: it
 * knows one process, and remembers which addresses it was asked about.
 */
#include "profiler/recording/collect.h"
#include "profiler/recording/pieces.h"
#include "profiler/recording/tracker.h"
#include "tests/unit/row.h"

#include <linux/types.h>
#include "bpf/sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TGID 1234

struct tracker {
	uint64_t *ips; /* of the last question */
	size_t ip_cnt;
	int asked;
	uint64_t drained_ns; /* up to when the last tracker_drain() was */
	uint64_t epoch;
	bool are_tables_built;
	int walked; /* copies, also in vain */
	int err;    /* what drain and walk answer */
};

static uint64_t now_ms; /* CLOCK_MONOTONIC, as far as collect can see */

int clock_gettime(clockid_t clock, struct timespec *now)
{
	*now = (struct timespec){ .tv_sec = 1000 + (time_t)(now_ms / 1000),
				  .tv_nsec = (long)(now_ms % 1000) * 1000000 };
	return 0;
}

/* A process is no more to collect than its address. */
static struct process *const process = (struct process *)TGID;

int tracker_process(struct tracker *tr, uint32_t tgid, uint32_t space, const uint64_t *ips,
		    size_t cnt, struct process **out)
{
	free(tr->ips);
	tr->ips = calloc(cnt + 1, sizeof(*ips));
	assert_non_null(tr->ips);
	if (cnt)
		memcpy(tr->ips, ips, cnt * sizeof(*ips));
	tr->ip_cnt = cnt;
	tr->asked++;
	*out = tgid == TGID ? process : NULL;
	return 0;
}

int tracker_process_of(struct tracker *tr, const struct raw_copy *copy, struct process **out)
{
	*out = copy->tgid == TGID ? process : NULL;
	return 0;
}

int tracker_sampled(struct tracker *tr, uint32_t tgid)
{
	return 0;
}

int tracker_drain(struct tracker *tr, uint64_t until_ns)
{
	tr->drained_ns = until_ns;
	return tr->err;
}

bool tracker_evaluator(struct tracker *tr, uint32_t tgid, struct interpreter_code *out)
{
	(void)tr;
	(void)tgid;
	*out = (struct interpreter_code){ 0 };
	return false;
}

uint64_t tracker_tables_epoch(const struct tracker *tr)
{
	return tr->epoch;
}

/* The innermost frame, and two words that the stack begins with. */
int tracker_walk(struct tracker *tr, const struct process *p, const struct raw_copy *copy,
		 uint64_t *ips, uint64_t *ends, size_t *cnt, enum unwind_result *end)
{
	(void)ends;
	assert_ptr_equal(p, process);
	tr->walked++;
	ips[0] = copy->state.ip | SAMPLE_IP_EXACT;
	*cnt = 1;
	*end = UNWIND_PENDING;
	if (tr->err || !tr->are_tables_built)
		return tr->err;
	kept_stack_read(copy->kept, 0, &ips[1], 2 * sizeof(*ips));
	*cnt = 3;
	*end = UNWIND_END;
	return 0;
}

struct world {
	struct tracker tracker;
	struct collect *collect;
	struct source_sink sink;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_int_equal(collect_new(&w->tracker, &w->collect), 0);
	w->sink = collect_sink(w->collect);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	collect_free(w->collect);
	free(w->tracker.ips);
	free(w);
	return 0;
}

static void hand_over(struct world *w, const struct raw_sample *raw)
{
	assert_int_equal(w->sink.sample(w->sink.ctx, raw), 0);
}

/* kernel.perf_event_max_stack may be raised, and the stack is the profiled program's. */
static void a_stack_of_any_depth_is_kept_whole(void **state)
{
	static const size_t depths[] = { 0,
					 1,
					 SAMPLE_KERNEL_MAX,
					 SAMPLE_USER_MAX,
					 SAMPLE_USER_MAX + 1,
					 2 * SAMPLE_USER_MAX,
					 100000 };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
		uint64_t *ips = calloc(depths[i] + 1, sizeof(*ips));
		struct raw_sample raw = { .tgid = TGID,
					  .user = ips,
					  .user_cnt = depths[i],
					  .kernel = ips,
					  .kernel_cnt = depths[i],
					  .count = 1 };
		struct collect_cursor at = { 0 };

		assert_non_null(ips);
		for (size_t j = 0; j < depths[i]; j++)
			ips[j] = 0x400000 + j;
		hand_over(w, &raw);
		while (collect_next(w->collect, &at))
			;
		assert_int_equal(at.sample_nr, i + 1);
		assert_int_equal(at.user_cnt, depths[i]);
		assert_int_equal(at.kernel_cnt, depths[i]);
		for (size_t j = 0; j < 2 * depths[i]; j++)
			assert_int_equal(collect_frame(&at, j).ip, ips[j % depths[i]]);
		assert_int_equal(w->tracker.ip_cnt, depths[i]);
		free(ips);
	}
}

static void frames_say_whether_they_are_return_addresses(void **state)
{
	static const uint64_t user[] = { 0x401000, 0x402000, 0x403000 | SAMPLE_IP_EXACT, 0x404000 };
	static const uint64_t kernel[] = { 0xffffffff81000000, 0xffffffff82000000 };
	static const struct {
		const char *name;
		size_t sample, frame;
		struct collect_frame want;
	} rows[] = {
		{ "the innermost of a user stack", 0, 0, { 0x401000, false, false, false } },
		{ "its caller", 0, 1, { 0x402000, true, false, false } },
		{ "what a signal interrupted", 0, 2, { 0x403000, false, false, false } },
		{ "its caller in turn", 0, 3, { 0x404000, true, false, false } },
		{ "the kernel's innermost", 0, 4, { 0xffffffff81000000, false, true, false } },
		{ "its caller", 0, 5, { 0xffffffff82000000, true, true, false } },
		{ "a user stack alone", 1, 0, { 0x401000, false, false, false } },
		{ "a kernel stack alone", 2, 0, { 0xffffffff81000000, false, true, false } },
	};
	static const size_t first_frames[] = { 0, 6, 10, 12 };
	struct raw_sample raws[] = {
		{ .user = user, .user_cnt = 4, .kernel = kernel, .kernel_cnt = 2 },
		{ .user = user, .user_cnt = 4 },
		{ .kernel = kernel, .kernel_cnt = 2 },
		{ .count = 0 }, /* neither */
	};
	struct collect_cursor cursors[ARRAY_SIZE(raws)], at = { 0 };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(raws); i++) {
		raws[i].tgid = TGID;
		raws[i].count = 1;
		hand_over(w, &raws[i]);
		assert_true(collect_next(w->collect, &at));
		assert_int_equal(at.first_frame, first_frames[i]);
		cursors[i] = at;
	}
	assert_false(collect_next(w->collect, &at));
	assert_false(collect_next(w->collect, &at));
	assert_memory_equal(&at, &cursors[3], sizeof(at));
	assert_int_equal(at.user_cnt + at.kernel_cnt, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct collect_frame frame = collect_frame(&cursors[rows[i].sample], rows[i].frame);

		ROW_EQUAL(rows[i].name, frame.ip, rows[i].want.ip);
		ROW_EQUAL(rows[i].name, frame.is_return, rows[i].want.is_return);
		ROW_EQUAL(rows[i].name, frame.is_kernel, rows[i].want.is_kernel);
	}
}

static const uint64_t here[] = { 0x401000, 0x402000 }, there[] = { 0x401000, 0x402001 };

static void samples_alike_in_everything_are_one(void **state)
{
	static const struct raw_sample usual = { .tgid = TGID,
						 .tid = 1,
						 .comm = "comm",
						 .space = 1,
						 .user = here,
						 .user_cnt = 2,
						 .kernel = here,
						 .kernel_cnt = 2,
						 .user_end = UNWIND_END,
						 .count = 2 };
	struct raw_sample raws[10];
	const struct collect_sample *samples;
	struct world *w = *state;
	size_t cnt;

	for (size_t i = 0; i < ARRAY_SIZE(raws); i++)
		raws[i] = usual;
	raws[1].tgid++;
	raws[2].tid++;
	raws[3].comm[COMM_LEN - 1] = 'x'; /* the names need no NUL */
	raws[4].space++;
	raws[5].user = there;
	raws[6].user_cnt--;
	raws[7].kernel = there;
	raws[8].kernel_cnt--;
	raws[9].user_end = UNWIND_STUCK;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(raws); i++)
			hand_over(w, &raws[i]);
	}
	samples = collect_samples(w->collect, &cnt);
	assert_int_equal(cnt, ARRAY_SIZE(raws));
	for (size_t i = 0; i < cnt; i++) {
		assert_int_equal(samples[i].count, 6);
		assert_int_equal(samples[i].tgid, raws[i].tgid);
		assert_memory_equal(samples[i].comm, raws[i].comm, COMM_LEN);
		assert_ptr_equal(samples[i].process, i == 1 ? NULL : process);
	}
	assert_int_equal(w->tracker.asked, ARRAY_SIZE(raws));
	assert_int_equal(collect_count(w->collect), 60);
}

/* Samples of a divided rate stand for as many ticks of the rate that was asked for. */
static void a_sample_weighs_what_its_rate_was_divided_by(void **state)
{
	static const struct {
		const char *name;
		uint64_t count;
		uint32_t divisor;
		uint64_t count_sum, weight_sum;
	} rows[] = {
		{ "the full rate", 3, 1, 3, 3 },
		{ "no divisor is 1", 2, 0, 5, 5 },
		{ "half the rate", 2, 2, 7, 9 },
		{ "an eighth of the rate", 1, 8, 8, 17 },
	};
	const struct collect_sample *samples;
	struct world *w = *state;
	size_t cnt;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct raw_sample raw = { .tgid = TGID,
					  .user = here,
					  .user_cnt = 2,
					  .count = rows[i].count,
					  .divisor = rows[i].divisor };

		hand_over(w, &raw);
		ROW_EQUAL(rows[i].name, collect_count(w->collect), rows[i].count_sum);
		ROW_EQUAL(rows[i].name, collect_weight(w->collect), rows[i].weight_sum);
	}
	samples = collect_samples(w->collect, &cnt);
	assert_int_equal(cnt, 1);
	assert_int_equal(samples->count, 8);
	assert_int_equal(samples->weight, 17);
}

/* More than any table has room for at first. */
static void many_samples_keep_their_stacks(void **state)
{
	struct collect_cursor at = { 0 };
	struct world *w = *state;
	uint64_t ips[] = { 0x401000, 0x402000, 0x403000 };
	struct raw_sample raw = { .tgid = TGID, .user = ips, .user_cnt = 3, .count = 1 };

	for (int round = 0; round < 2; round++) {
		for (ips[2] = 0; ips[2] < 10000; ips[2]++)
			hand_over(w, &raw);
	}
	for (uint64_t i = 0; i < 10000; i++) {
		assert_true(collect_next(w->collect, &at));
		assert_int_equal(at.sample->count, 2);
		assert_int_equal(collect_frame(&at, 2).ip, i);
	}
	assert_false(collect_next(w->collect, &at));
}

/* A copy of process TGID with these two words at NR's place on the stack. */
static int add_copy(struct world *w, uint32_t tgid, uint64_t nr)
{
	const uint64_t words[] = { 0x402000, nr }, kernel[] = { 0xffffffff81000000 };
	const struct raw_copy copy = { .tgid = tgid,
				       .tid = 5,
				       .comm = "copied",
				       .space = 3,
				       .time_ns = 1000 + nr,
				       .divisor = 2,
				       .kernel = kernel,
				       .kernel_cnt = 1,
				       .state = { .ip = 0x401000, .sp = 0x7ffe00000000 },
				       .stack = (const uint8_t *)words,
				       .size = sizeof(words) };

	return w->sink.copy(w->sink.ctx, &copy);
}

static void a_copy_is_walked_once_its_tables_are_built(void **state)
{
	static const struct {
		const char *name;
		bool are_built, last;
		uint64_t epoch, ahead_ms;
		int walked;
		uint64_t count;
	} rows[] = {
		{ "at first, without tables", false, false, 1, 0, 1, 0 },
		{ "no table was finished since", true, false, 1, 100, 1, 0 },
		{ "one was, another one", false, false, 2, 200, 2, 0 },
		{ "the right one, but only just now", true, false, 3, 210, 2, 0 },
		{ "a while after that", true, false, 3, 230, 3, 1 },
		{ "nothing waits any more", true, true, 4, 300, 3, 1 },
	};
	struct collect_cursor at = { 0 };
	struct world *w = *state;

	now_ms = 0;
	assert_int_equal(add_copy(w, TGID, 0x403000), 0);
	assert_int_equal(w->tracker.drained_ns, 1000 + 0x403000); /* as it was then */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		w->tracker.are_tables_built = rows[i].are_built;
		w->tracker.epoch = rows[i].epoch;
		now_ms = rows[i].ahead_ms;
		ROW_EQUAL(rows[i].name, collect_walk_copies(w->collect, rows[i].last), 0);
		ROW_EQUAL(rows[i].name, w->tracker.walked, rows[i].walked);
		ROW_EQUAL(rows[i].name, collect_count(w->collect), rows[i].count);
	}
	assert_true(collect_next(w->collect, &at));
	assert_int_equal(at.sample->weight, 2);
	assert_string_equal(at.sample->comm, "copied");
	assert_int_equal(at.sample->user_end, UNWIND_END);
	assert_int_equal(at.user_cnt, 3);
	assert_int_equal(collect_frame(&at, 2).ip, 0x403000);
	assert_int_equal(collect_frame(&at, 3).ip, 0xffffffff81000000);
}

static void copies_that_wait_are_walked_as_they_are_at_the_end(void **state)
{
	struct collect_cursor at = { 0 };
	struct world *w = *state;

	assert_int_equal(add_copy(w, TGID, 1), 0);
	assert_int_equal(add_copy(w, TGID + 1, 1), 0); /* it ended before it could be read */
	assert_int_equal(collect_walk_copies(w->collect, true), 0);
	assert_int_equal(w->tracker.walked, 1);
	assert_true(collect_next(w->collect, &at));
	assert_int_equal(at.sample->user_end, UNWIND_PENDING);
	assert_int_equal(at.user_cnt, 1);
	assert_true(collect_next(w->collect, &at));
	assert_int_equal(at.sample->user_end, UNWIND_NO_MAPPING);
	assert_int_equal(at.user_cnt, 1);
	assert_int_equal(collect_frame(&at, 0).ip, 0x401000);
	assert_false(collect_next(w->collect, &at));
}

/* Each stack another one, so that nothing is kept once for several. */
static void copies_wait_in_bounded_memory(void **state)
{
	static uint64_t words[2048];
	struct world *w = *state;
	struct raw_copy copy = { .tgid = TGID,
				 .stack = (const uint8_t *)words,
				 .size = sizeof(words) };
	uint64_t cnt = 0;

	do {
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			words[i] = cnt * ARRAY_SIZE(words) + i;
		assert_int_equal(w->sink.copy(w->sink.ctx, &copy), 0);
		assert_int_equal(collect_walk_copies(w->collect, false), 0);
		cnt++;
	} while (!collect_count(w->collect) && cnt < 100000);
	assert_int_equal(collect_count(w->collect), cnt);
	assert_in_range(cnt * sizeof(words), 48 << 20, 64 << 20);
}

static void an_error_ends_the_walk(void **state)
{
	struct world *w = *state;

	for (uint64_t nr = 0; nr < 3; nr++)
		assert_int_equal(add_copy(w, TGID, nr), 0);
	w->tracker.err = -ENOMEM;
	assert_int_equal(add_copy(w, TGID, 3), -ENOMEM);
	assert_int_equal(collect_walk_copies(w->collect, true), -ENOMEM);
	assert_int_equal(w->tracker.walked, 1);
	assert_int_equal(collect_count(w->collect), 0);
}

#define IN_COLLECT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_COLLECT(a_stack_of_any_depth_is_kept_whole),
		IN_COLLECT(frames_say_whether_they_are_return_addresses),
		IN_COLLECT(samples_alike_in_everything_are_one),
		IN_COLLECT(a_sample_weighs_what_its_rate_was_divided_by),
		IN_COLLECT(many_samples_keep_their_stacks),
		IN_COLLECT(a_copy_is_walked_once_its_tables_are_built),
		IN_COLLECT(copies_that_wait_are_walked_as_they_are_at_the_end),
		IN_COLLECT(copies_wait_in_bounded_memory),
		IN_COLLECT(an_error_ends_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
