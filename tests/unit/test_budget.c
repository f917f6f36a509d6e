// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_budget.c - what a recording costs by the clocks, and what becomes of its rate then.  The
 * source's costs are a day of CPU time or nothing, so that no other load decides a row.
 */
#include "profiler/source/budget.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/caught.h"
#include "tests/unit/fake_source.h"

#define DAY_NS	   (86400ULL * 1000000000)
#define FREQ_HZ	   4000
#define MANY_CPUS  1000000 /* of whose time this process uses next to nothing */
#define DEAR_CNT   2	   /* intervals that are too dear before the rate falls */
#define CHEAP_CNT  5	   /* and cheap ones before it rises */
#define TOO_LOW_HZ 2	   /* a rate of which no half is a profile */

static struct fake_source measured_source(void)
{
	struct fake_source fake = fake_source(NULL, 0);

	fake.stats.bpf_runs = 1; /* it knows what ticks cost */
	return fake;
}

/* CNT intervals, each with a day of ticks or none; what was said. */
static char *check(struct budget *b, struct fake_source *fake, bool dear, int cnt)
{
	struct caught c = catch_stderr();

	for (int i = 0; i < cnt; i++) {
		if (dear)
			fake->stats.bpf_ns += DAY_NS;
		budget_check(b);
	}
	return caught(&c);
}

static void without_a_limit_nothing_is_measured(void **state)
{
	struct fake_source fake = measured_source();
	const struct budget_totals *totals;
	struct budget b;
	char *text;

	budget_begin(&b, &fake.base, 0, FREQ_HZ, MANY_CPUS, 0);
	text = check(&b, &fake, true, 10);
	totals = budget_end(&b);
	assert_string_equal(text, "");
	assert_int_equal(fake.divisor, 0);
	assert_true(totals->max_percent == 0 && totals->percent == 0);
	assert_int_equal(totals->change_cnt, 0);
	free(text);
}

static void a_dear_recording_gets_a_lower_rate_and_says_so_once(void **state)
{
	const unsigned int lowest = governor_divisor_max(FREQ_HZ);
	struct fake_source fake = measured_source();
	const struct budget_totals *totals;
	struct budget b;
	char *text;

	budget_begin(&b, &fake.base, 1, FREQ_HZ, MANY_CPUS, 0);
	text = check(&b, &fake, true, DEAR_CNT - 1);
	assert_string_equal(text, "");
	assert_int_equal(fake.divisor, 0);
	free(text);
	text = check(&b, &fake, true, DEAR_CNT);
	assert_int_equal(fake.divisor, lowest);
	assert_non_null(strstr(text, "more than --max-overhead 1: "));
	free(text);
	/* It is back at half of the divisor after some cheap ones, without another word. */
	text = check(&b, &fake, false, CHEAP_CNT);
	assert_string_equal(text, "");
	assert_int_equal(fake.divisor, lowest / 2);
	free(text);
	totals = budget_end(&b);
	assert_int_equal(totals->change_cnt, 2);
	assert_true(totals->changes[0].hz == (double)FREQ_HZ / lowest);
	assert_true(totals->changes[1].hz == (double)FREQ_HZ / (lowest / 2));
	assert_true(totals->changes[0].at_s >= 0);
	assert_true(totals->changes[1].at_s >= totals->changes[0].at_s);
	assert_true(totals->lowest_hz == (double)FREQ_HZ / lowest);
	assert_true(totals->ticks_percent > 0 && totals->percent >= totals->ticks_percent);
}

static void a_cheap_recording_keeps_its_rate(void **state)
{
	struct fake_source fake = measured_source();
	const struct budget_totals *totals;
	struct budget b;
	char *text;

	budget_begin(&b, &fake.base, 50, FREQ_HZ, MANY_CPUS, 0);
	text = check(&b, &fake, false, 20);
	totals = budget_end(&b);
	assert_string_equal(text, "");
	assert_int_equal(fake.divisor, 0);
	assert_int_equal(totals->change_cnt, 0);
	assert_true(totals->lowest_hz == FREQ_HZ);
	assert_true(totals->ticks_percent == 0);
	free(text);
}

/* A source that does not know what its ticks cost: then all of the cost is taken for theirs. */
static void the_cost_of_the_process_counts(void **state)
{
	struct fake_source fake = fake_source(NULL, 0);
	volatile unsigned int spin = 0;
	struct caught c;
	struct budget b;

	budget_begin(&b, &fake.base, 0.000001, FREQ_HZ, 1, 0);
	c = catch_stderr();
	for (int i = 0; i < DEAR_CNT; i++) {
		while (++spin % 10000000)
			;
		budget_check(&b);
	}
	free(caught(&c));
	assert_int_equal(fake.divisor, governor_divisor_max(FREQ_HZ));
	assert_true(budget_end(&b)->percent > 0);
}

static void a_source_that_wants_time_is_asked_again(void **state)
{
	struct fake_source fake = measured_source();
	struct budget b;
	char *text;

	budget_begin(&b, &fake.base, 1, FREQ_HZ, MANY_CPUS, 0);
	fake.is_early = true;
	text = check(&b, &fake, true, DEAR_CNT);
	assert_string_equal(text, "");
	assert_int_equal(budget_end(&b)->change_cnt, 0);
	free(text);
	fake.is_early = false;
	free(check(&b, &fake, true, DEAR_CNT));
	assert_int_equal(fake.divisor, governor_divisor_max(FREQ_HZ));
	assert_int_equal(budget_end(&b)->change_cnt, 1);
}

static void a_source_that_cannot_is_not_asked_again(void **state)
{
	struct fake_source fake = measured_source();
	struct budget b;
	char *text;

	budget_begin(&b, &fake.base, 1, FREQ_HZ, MANY_CPUS, 0);
	fake.divide_err = -EBUSY;
	text = check(&b, &fake, true, DEAR_CNT);
	assert_string_equal(text,
			    "wick: --max-overhead: cannot change the sampling rate: Device or "
			    "resource busy (lower it by -F)\n");
	free(text);
	fake.divide_err = 0;
	text = check(&b, &fake, true, 10);
	assert_string_equal(text, "");
	assert_int_equal(fake.divisor, 0);
	assert_int_equal(budget_end(&b)->change_cnt, 0);
	free(text);
}

static void a_rate_without_a_half_is_warned_of(void **state)
{
	struct fake_source fake = measured_source();
	struct caught c = catch_stderr();
	struct budget b;
	char *text;

	budget_begin(&b, &fake.base, 1, TOO_LOW_HZ, MANY_CPUS, 0);
	text = caught(&c);
	assert_non_null(strstr(text, "wick: --max-overhead has no effect at 2 Hz"));
	free(text);
	free(check(&b, &fake, true, 10));
	assert_int_equal(fake.divisor, 0);
}

static void more_changes_than_are_remembered_are_counted(void **state)
{
	struct fake_source fake = measured_source();
	const struct budget_totals *totals;
	struct budget b;

	budget_begin(&b, &fake.base, 1, FREQ_HZ, MANY_CPUS, 0);
	for (int i = 0; i < BUDGET_CHANGES_MAX; i++) {
		free(check(&b, &fake, true, DEAR_CNT));
		free(check(&b, &fake, false, CHEAP_CNT));
	}
	totals = budget_end(&b);
	assert_int_equal(totals->change_cnt, 2 * BUDGET_CHANGES_MAX);
	assert_true(totals->changes[BUDGET_CHANGES_MAX - 1].hz > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_nothing_is_measured),
		cmocka_unit_test(a_dear_recording_gets_a_lower_rate_and_says_so_once),
		cmocka_unit_test(a_cheap_recording_keeps_its_rate),
		cmocka_unit_test(the_cost_of_the_process_counts),
		cmocka_unit_test(a_source_that_wants_time_is_asked_again),
		cmocka_unit_test(a_source_that_cannot_is_not_asked_again),
		cmocka_unit_test(a_rate_without_a_half_is_warned_of),
		cmocka_unit_test(more_changes_than_are_remembered_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
