// SPDX-License-Identifier: BSD-2-Clause
/* The events that tick: their rates, and what a CPU that is offline or a refusal does. */
#include "profiler/source/events.h"
#include "tests/unit/row.h"
#include "tests/unit/fake_perf.h"

#include <stdlib.h>

#include "profiler/cpus.h"
#include "profiler/source/refusal.h"

static const struct event_type cpu_clock = { "cpu-clock", PERF_TYPE_SOFTWARE,
					     PERF_COUNT_SW_CPU_CLOCK };
static const struct event_type task_clock = { "task-clock", PERF_TYPE_SOFTWARE,
					      PERF_COUNT_SW_TASK_CLOCK };
static const struct event_type cycles = { "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES };
static int two_cpus[] = { 0, 1 };
static const struct cpus cpus = { two_cpus, 2 };

static unsigned int common_divisor(unsigned int a, unsigned int b)
{
	return b ? common_divisor(b, a % b) : a;
}

static void a_clock_ticks_by_two_rates_without_a_beat(void **state)
{
	static const struct {
		const char *name;
		const struct event_type *type;
		unsigned int freq_hz;
		size_t cnt;
	} rows[] = {
		{ "the default", &cpu_clock, 99, 2 },
		{ "a rate with many divisors", &cpu_clock, 300, 2 },
		{ "fast", &task_clock, 4999, 2 },
		{ "slow", &cpu_clock, 2, 2 },
		{ "too slow to be divided", &cpu_clock, 1, 1 },
		{ "a counter", &cycles, 99, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int rates[EVENTS_A_CPU], sum = 0;
		size_t cnt = events_rates(rows[i].type, rows[i].freq_hz, rates);

		ROW_EQUAL(rows[i].name, cnt, rows[i].cnt);
		for (size_t k = 0; k < cnt; k++)
			sum += rates[k];
		ROW_EQUAL(rows[i].name, sum, rows[i].freq_hz);
		if (cnt == 2 && rows[i].freq_hz > 2)
			ROW_EQUAL(rows[i].name, common_divisor(rates[0], rows[i].freq_hz), 1);
	}
}

static void a_divided_rate_is_a_period_of_a_clock(void **state)
{
	static const struct {
		const char *name;
		const struct event_type *type;
		unsigned int rate_hz, divisor;
		bool freq;
		uint64_t value;
	} rows[] = {
		{ "a clock at its full rate", &cpu_clock, 100, 1, true, 100 },
		{ "a clock, divided", &cpu_clock, 100, 4, false, 40000000 },
		{ "a counter, divided", &cycles, 100, 4, true, 25 },
		{ "a counter that cannot be slower", &cycles, 3, 8, true, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct perf_event_attr attr = { 0 };

		events_set_rate(rows[i].type, rows[i].rate_hz, rows[i].divisor, &attr);
		ROW_EQUAL(rows[i].name, attr.freq, rows[i].freq);
		ROW_EQUAL(rows[i].name, attr.sample_freq, rows[i].value);
	}
}

static void events_are_opened_for_each_cpu(void **state)
{
	static const struct {
		const char *name;
		int err, gone_cpu, want;
		size_t cnt;
		const char *text; /* a part of what is told */
	} rows[] = {
		{ "two CPUs", 0, -1, 0, 4, NULL },
		{ "one is offline", 0, 1, 0, 2, NULL },
		{ "none is online", ENODEV, -1, -ENODEV, 0, "no CPU of the list is online" },
		{ "not permitted", EACCES, -1, -EACCES, 0, "on CPU 0: Permission denied (needs" },
		{ "no perf events", ENOSYS, -1, -ENOSYS, 0, "CONFIG_PERF_EVENTS" },
		{ "no such counter", ENOENT, -1, -ENOENT, 0, "no such counter" },
		{ "anything else", EIO, -1, -EIO, 0, "on CPU 0: Input/output error" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct refusal refusal = { 0 };
		struct events *events;

		fake_perf_reset();
		*(rows[i].err == ENOSYS ? &fake_perf.err : &fake_perf.cpu_err) = rows[i].err;
		fake_perf.gone_cpu = rows[i].gone_cpu;
		ROW_EQUAL(rows[i].name, events_open(&cpu_clock, 99, &cpus, &refusal, &events),
			  rows[i].want);
		ROW_EQUAL(rows[i].name, fake_perf.cnt, rows[i].cnt);
		ROW_EQUAL(rows[i].name, refusal.why, SOURCE_BEST);
		ROW_TRUE(rows[i].name,
			 rows[i].text ? !!strstr(refusal.text, rows[i].text) : !refusal.text);
		events_close(events);
		ROW_EQUAL(rows[i].name, fake_perf_open_cnt(), 0);
		refusal_fini(&refusal);
	}
}

static void events_tick_between_enable_and_disable(void **state)
{
	struct refusal refusal = { 0 };
	struct events *events;

	fake_perf_reset();
	assert_int_equal(events_open(&cpu_clock, 99, &cpus, &refusal, &events), 0);
	assert_int_equal(events_attach(events, 0, &refusal), 0);
	assert_false(fake_perf.events[0].is_enabled);
	assert_int_equal(events_enable(events), 0);
	assert_true(fake_perf.events[3].is_enabled);
	assert_int_equal(events_divide_rate(events, 2), 0);
	events_disable(events);
	assert_false(fake_perf.events[3].is_enabled);
	fake_perf.cnt = 0; /* the events are gone */
	assert_int_equal(events_enable(events), -EBADF);
	assert_int_equal(events_divide_rate(events, 2), -EBADF);
	assert_int_equal(events_attach(events, 0, &refusal), -EBADF);
	assert_non_null(strstr(refusal.text, "cannot attach the sampling program to cpu-clock"));
	refusal_fini(&refusal);
	events_close(events);
}

static void a_rate_above_the_kernels_limit_is_refused(void **state)
{
	assert_int_equal(events_check_rate(1), 0);
	assert_int_equal(events_check_rate(4000000000u), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_ticks_by_two_rates_without_a_beat),
		cmocka_unit_test(a_divided_rate_is_a_period_of_a_clock),
		cmocka_unit_test(events_are_opened_for_each_cpu),
		cmocka_unit_test(events_tick_between_enable_and_disable),
		cmocka_unit_test(a_rate_above_the_kernels_limit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
