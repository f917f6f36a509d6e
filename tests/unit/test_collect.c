// SPDX-License-Identifier: BSD-2-Clause
/*
 * Samples and stacks come out of collect as a source put them in.  The tracker is a fake: it
 * knows one process, and remembers which addresses it was asked about.
 */
#include "profiler/recording/collect.h"
#include "profiler/recording/tracker.h"
#include "tests/unit/row.h"

#include <linux/types.h>
#include "bpf/sample.h"

#include <stdlib.h>
#include <string.h>

#define TGID 1234

struct tracker {
	uint64_t *ips; /* of the last question */
	size_t ip_cnt;
	int asked;
};

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
	return 0;
}

uint64_t tracker_tables_epoch(const struct tracker *tr)
{
	return 0;
}

int tracker_walk(struct tracker *tr, const struct process *p, const struct raw_copy *copy,
		 uint64_t *ips, size_t *cnt, enum unwind_result *end)
{
	*cnt = 0;
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
		const struct collect_sample *samples;
		const uint64_t *user, *kernel;
		size_t sample_cnt, user_cnt, kernel_cnt;

		assert_non_null(ips);
		for (size_t j = 0; j < depths[i]; j++)
			ips[j] = 0x400000 + j;
		hand_over(w, &raw);
		samples = collect_samples(w->collect, &sample_cnt);
		assert_int_equal(sample_cnt, i + 1);
		user = collect_stack(w->collect, samples[i].user, &user_cnt);
		kernel = collect_stack(w->collect, samples[i].kernel, &kernel_cnt);
		assert_int_equal(user_cnt, depths[i]);
		assert_int_equal(kernel_cnt, depths[i]);
		for (size_t j = 0; j < depths[i]; j++) {
			assert_int_equal(user[j], ips[j]);
			assert_int_equal(kernel[j], ips[j]);
		}
		assert_int_equal(w->tracker.ip_cnt, depths[i]);
		free(ips);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_stack_of_any_depth_is_kept_whole, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
