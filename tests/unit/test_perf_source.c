// SPDX-License-Identifier: BSD-2-Clause
/*
 * The source of samples that is perf events, from its opening to its account: the records of
 * two rings in the order of time, whose they are, and what became of each.
 */
#include "profiler/source/perf_source.h"
#include "tests/unit/row.h"
#include "tests/unit/fake_perf.h"

#include <stdlib.h>

#include "profiler/source/events.h"
#include "profiler/source/source.h"

#define USER   0x400000ULL
#define KERNEL 0xffffffff81000000ULL

static const struct event_type clock_type = { "cpu-clock", PERF_TYPE_SOFTWARE,
					      PERF_COUNT_SW_CPU_CLOCK };
static int two_cpus[] = { 0, 1 };
static pid_t targets[] = { 7 };

/* What the sink was given. */
struct taken {
	struct {
		uint32_t tgid, tid, divisor;
		char comm[COMM_LEN + 1];
		uint64_t ip;
		size_t kernel_cnt, user_cnt;
	} samples[16];
	size_t cnt;
	int err;
};

static int take(void *ctx, const struct raw_sample *sample)
{
	struct taken *t = ctx;

	assert_true(t->cnt < ARRAY_SIZE(t->samples));
	t->samples[t->cnt].tgid = sample->tgid;
	t->samples[t->cnt].tid = sample->tid;
	t->samples[t->cnt].divisor = sample->divisor;
	t->samples[t->cnt].kernel_cnt = sample->kernel_cnt;
	t->samples[t->cnt].user_cnt = sample->user_cnt;
	t->samples[t->cnt].ip = sample->user_cnt ? sample->user[0] : 0;
	memcpy(t->samples[t->cnt].comm, sample->comm, COMM_LEN);
	t->cnt++;
	assert_int_equal(sample->count, 1);
	return t->err;
}

static struct source_opts opts_by_fp(enum source_filter filter)
{
	return (struct source_opts){
		.event = &clock_type,
		.freq_hz = 999,
		.cpus = { two_cpus, 2 },
		.filter = filter,
		.targets = { targets, filter == FILTER_NONE ? 0 : 1 },
		.cgroup_fd = -1,
		.unwind = UNWIND_BY_FP,
	};
}

/* Records, written into the ring of a CPU: the first event there has it. */

static void write_record(size_t event, uint32_t type, uint16_t misc, const uint64_t *words,
			 size_t cnt)
{
	uint64_t record[32] = { 0 };
	struct perf_event_header header = { .type = type,
					    .misc = misc,
					    .size = (uint16_t)((cnt + 1) * sizeof(*record)) };

	assert_true(cnt + 1 <= ARRAY_SIZE(record));
	memcpy(record, &header, sizeof(header));
	memcpy(record + 1, words, cnt * sizeof(*record));
	fake_perf_write(event, record, header.size);
}

static void write_sample(size_t event, uint32_t tgid, uint32_t tid, uint64_t time_ns)
{
	const uint64_t words[] = { USER + time_ns,
				   tgid | (uint64_t)tid << 32,
				   time_ns,
				   4,
				   (uint64_t)PERF_CONTEXT_KERNEL,
				   KERNEL,
				   (uint64_t)PERF_CONTEXT_USER,
				   USER + time_ns };

	write_record(event, PERF_RECORD_SAMPLE, 0, words, ARRAY_SIZE(words));
}

/* The idle task: no user frames. */
static void write_idle(size_t event, uint64_t time_ns)
{
	const uint64_t words[] = { KERNEL, 0, time_ns, 2, (uint64_t)PERF_CONTEXT_KERNEL, KERNEL };

	write_record(event, PERF_RECORD_SAMPLE, 0, words, ARRAY_SIZE(words));
}

static void write_comm(size_t event, uint32_t tid, const char *name, bool is_exec, uint64_t time_ns)
{
	uint64_t words[] = { 7 | (uint64_t)tid << 32, 0, 0, 7 | (uint64_t)tid << 32, time_ns };

	strncpy((char *)&words[1], name, 15);
	write_record(event, PERF_RECORD_COMM, is_exec ? PERF_RECORD_MISC_COMM_EXEC : 0, words,
		     ARRAY_SIZE(words));
}

static void write_fork(size_t event, uint32_t tid, uint32_t parent, uint64_t time_ns)
{
	const uint64_t words[] = { tid | 7ULL << 32, tid | (uint64_t)parent << 32, time_ns,
				   tid | (uint64_t)tid << 32, time_ns };

	write_record(event, PERF_RECORD_FORK, 0, words, ARRAY_SIZE(words));
}

static void write_other(size_t event, uint32_t type, uint64_t cnt, uint64_t time_ns)
{
	const uint64_t words[] = { 1, cnt, 0, time_ns };

	write_record(event, type, 0, words, ARRAY_SIZE(words));
}

static struct sample_source *open_source(const struct source_opts *opts)
{
	struct refusal refusal = { 0 };
	struct sample_source *source;

	assert_int_equal(perf_source_open(opts, &refusal, &source), 0);
	assert_null(refusal.text);
	return source;
}

static void adds_up(struct sample_source *source, struct source_stats *stats)
{
	uint64_t lost = 0;

	source_read_stats(source, stats);
	for (size_t i = 0; i < stats->lost_cnt; i++)
		lost += stats->lost[i].cnt;
	assert_int_equal(stats->ticks, stats->stored + stats->idle + stats->filtered + lost);
}

/* Two rates on each of two CPUs: events 0 and 2 have the rings. */
static void records_come_in_the_order_of_time(void **state)
{
	struct source_opts opts = opts_by_fp(FILTER_NONE);
	struct taken taken = { 0 };
	const struct source_sink sink = { .ctx = &taken, .sample = take };
	struct sample_source *source;
	struct source_stats stats;

	fake_perf_reset();
	source = open_source(&opts);
	assert_false(fake_perf.events[0].is_enabled);
	assert_int_equal(source_start(source), 0);
	assert_true(fake_perf.events[0].is_enabled && fake_perf.events[3].is_enabled);
	assert_null(source_tables(source));
	assert_true(source_fd(source) >= 0 && source_interval_ms(source) > 0);

	write_sample(0, 7, 8, 10);
	write_comm(2, 8, "early", false, 5);
	write_comm(2, 8, "late", false, 20);
	write_sample(2, 7, 8, 40);
	write_sample(0, 7, 8, 30);
	write_idle(0, 50);
	write_other(0, PERF_RECORD_THROTTLE, 0, 60);
	write_fork(2, 9, 8, 70);
	write_sample(0, 7, 9, 80);
	assert_int_equal(source_drain(source, &sink, true), 0);
	source_stop(source);
	assert_false(fake_perf.events[0].is_enabled);

	assert_int_equal(taken.cnt, 4);
	for (size_t i = 0; i < taken.cnt; i++) {
		static const uint64_t times[] = { 10, 30, 40, 80 };
		static const char *const names[] = { "early", "late", "late", "late" };

		assert_int_equal(taken.samples[i].ip, USER + times[i]);
		assert_string_equal(taken.samples[i].comm, names[i]);
		assert_int_equal(taken.samples[i].kernel_cnt, 1);
		assert_int_equal(taken.samples[i].tgid, 7);
		assert_int_equal(taken.samples[i].tid, 0); /* threads are not kept apart */
	}
	adds_up(source, &stats);
	assert_int_equal(stats.tier, SOURCE_PERF);
	assert_int_equal(stats.ticks, 5);
	assert_int_equal(stats.idle, 1);
	assert_int_equal(stats.throttled, 1);
	source_close(source);
}

static void a_ring_that_makes_no_sense_is_counted_and_left(void **state)
{
	struct source_opts opts = opts_by_fp(FILTER_NONE);
	struct taken taken = { 0 };
	const struct source_sink sink = { .ctx = &taken, .sample = take };
	const uint64_t nonsense[2] = { 0 }, short_sample[] = { USER, 7 | 7ULL << 32, 20, 99 };
	struct sample_source *source;
	struct source_stats stats;

	fake_perf_reset();
	source = open_source(&opts);
	assert_int_equal(source_start(source), 0);
	write_sample(0, 7, 7, 10);
	write_record(0, PERF_RECORD_SAMPLE, 0, short_sample, ARRAY_SIZE(short_sample));
	fake_perf_write(0, nonsense, sizeof(nonsense));
	write_sample(0, 7, 7, 30); /* nobody can say that a record begins here */
	write_sample(2, 7, 7, 40);
	assert_int_equal(source_drain(source, &sink, true), 0);
	write_sample(0, 7, 7, 50);
	assert_int_equal(source_drain(source, &sink, true), 0);
	assert_int_equal(taken.cnt, 3);
	adds_up(source, &stats);
	assert_int_equal(stats.lost[1].cnt, 2);
	source_close(source);
}

static void only_wanted_tasks_are_stored(void **state)
{
	static const struct {
		const char *name;
		enum source_filter filter;
		int cpu_err; /* whole CPUs cannot be watched */
		size_t stored;
	} rows[] = {
		{ "all", FILTER_NONE, 0, 5 },
		{ "a thread", FILTER_THREADS, 0, 1 },
		{ "a command from its exec on, on whole CPUs", FILTER_TREE, 0, 3 },
		{ "a command that inherits its events", FILTER_TREE, EACCES, 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct source_opts opts = opts_by_fp(rows[i].filter);
		struct taken taken = { 0 };
		const struct source_sink sink = { .ctx = &taken, .sample = take };
		struct sample_source *source;
		struct source_stats stats;

		fake_perf_reset();
		fake_perf.cpu_err = rows[i].cpu_err;
		opts.per_thread = true;
		source = open_source(&opts);
		ROW_EQUAL(rows[i].name, source_start(source), 0);
		write_sample(0, 7, 7, 10);
		write_comm(0, 7, "cmd", true, 20);
		write_fork(0, 9, 7, 30);
		write_fork(0, 12, 11, 40);
		write_sample(0, 9, 9, 50);
		write_sample(0, 9, 9, 60);
		write_sample(0, 12, 12, 70);
		if (rows[i].filter != FILTER_THREADS)
			write_sample(0, 7, 7, 80);
		ROW_EQUAL(rows[i].name, source_drain(source, &sink, true), 0);
		ROW_EQUAL(rows[i].name, taken.cnt, rows[i].stored);
		adds_up(source, &stats);
		ROW_EQUAL(rows[i].name, stats.stored, rows[i].stored);
		source_close(source);
	}
}

/* Which events tick: those of the full rate, or those of half of it. */
static void a_divided_rate_is_that_of_other_events(void **state)
{
	struct source_opts opts = opts_by_fp(FILTER_NONE);
	struct taken taken = { 0 };
	const struct source_sink sink = { .ctx = &taken, .sample = take };
	struct sample_source *source;
	unsigned int now = 0;

	fake_perf_reset();
	opts.divisor_max = 2;
	source = open_source(&opts);
	assert_int_equal(source_start(source), 0);
	assert_true(fake_perf.events[1].is_enabled && !fake_perf.events[3].is_enabled);
	assert_int_equal(source_divide_rate(source, 2, &now), 0);
	assert_int_equal(now, 2);
	assert_true(!fake_perf.events[1].is_enabled && fake_perf.events[3].is_enabled);
	write_sample(0, 7, 7, 10);		 /* long before the change */
	write_sample(0, 7, 7, (uint64_t)-1 / 4); /* long behind it */
	assert_int_equal(source_drain(source, &sink, true), 0);
	assert_int_equal(taken.samples[0].divisor, 1);
	assert_int_equal(taken.samples[1].divisor, 2);
	assert_int_equal(source_divide_rate(source, 4, &now), -EINVAL);
	assert_int_equal(now, 2);
	source_close(source);
}

static void a_command_that_waits_keeps_its_rate(void **state)
{
	struct source_opts opts = opts_by_fp(FILTER_TREE);
	struct sample_source *source;
	unsigned int now = 0;

	fake_perf_reset();
	fake_perf.cpu_err = EACCES;
	opts.divisor_max = 2;
	source = open_source(&opts);
	assert_int_equal(source_start(source), 0);
	assert_int_equal(source_divide_rate(source, 2, &now), 0);
	assert_int_equal(now, 1);
	source_close(source);
}

static void an_error_of_the_sink_ends_the_drain(void **state)
{
	struct source_opts opts = opts_by_fp(FILTER_NONE);
	struct taken taken = { .err = -ENOMEM };
	const struct source_sink sink = { .ctx = &taken, .sample = take };
	struct sample_source *source;

	fake_perf_reset();
	source = open_source(&opts);
	assert_int_equal(source_start(source), 0);
	write_sample(0, 7, 7, 10);
	write_sample(0, 7, 7, 20);
	assert_int_equal(source_drain(source, &sink, true), -ENOMEM);
	assert_int_equal(taken.cnt, 1);
	taken.err = 0;
	assert_int_equal(source_drain(source, &sink, true), 0);
	assert_int_equal(taken.cnt, 2); /* none of them twice */
	source_close(source);
}

static void what_is_refused_is_told_as_a_value(void **state)
{
	struct source_opts opts = opts_by_fp(FILTER_NONE);
	struct refusal refusal = { 0 };
	struct sample_source *source;

	fake_perf_reset();
	fake_perf.err = ENOSYS;
	assert_int_equal(perf_source_open(&opts, &refusal, &source), -ENOSYS);
	assert_null(source);
	assert_string_equal(refusal.text, "cannot sample cpu-clock: this kernel has no perf "
					  "events (CONFIG_PERF_EVENTS)");
	refusal_fini(&refusal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_in_the_order_of_time),
		cmocka_unit_test(a_ring_that_makes_no_sense_is_counted_and_left),
		cmocka_unit_test(only_wanted_tasks_are_stored),
		cmocka_unit_test(a_divided_rate_is_that_of_other_events),
		cmocka_unit_test(a_command_that_waits_keeps_its_rate),
		cmocka_unit_test(an_error_of_the_sink_ends_the_drain),
		cmocka_unit_test(what_is_refused_is_told_as_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
