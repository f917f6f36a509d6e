// SPDX-License-Identifier: BSD-2-Clause
/* What is asked of perf_event_open(2), and what is asked instead if that is refused. */
#include "profiler/source/perf_request.h"
#include "tests/unit/row.h"
#include "tests/unit/fake_perf.h"

#include <stdlib.h>

#include "profiler/source/events.h"

static const struct event_type clock_type = { "cpu-clock", PERF_TYPE_SOFTWARE,
					      PERF_COUNT_SW_CPU_CLOCK };
static const struct event_type faults = { "page-faults", PERF_TYPE_SOFTWARE,
					  PERF_COUNT_SW_PAGE_FAULTS };
static int two_cpus[] = { 0, 1 };
static pid_t some_threads[] = { 101, 102, 103 };

static struct source_opts opts_of(enum source_filter filter)
{
	return (struct source_opts){
		.event = &clock_type,
		.freq_hz = 99,
		.cpus = { two_cpus, 2 },
		.filter = filter,
		.targets = { some_threads, filter == FILTER_TREE ? 1 : 3 },
		.cgroup_fd = -1,
	};
}

static void the_events_are_what_the_options_ask_for(void **state)
{
	static const struct {
		const char *name;
		struct source_opts opts; /* laid over opts_of() */
		bool kernel, user, chain, stack;
	} rows[] = {
		{ "everything, by tables", { .event = NULL }, true, false, true, true },
		{ "everything, by frame pointers",
		  { .unwind = UNWIND_BY_FP },
		  true,
		  true,
		  true,
		  false },
		{ "user stacks only", { .no_kernel = true }, false, false, false, true },
		{ "user stacks only, by frame pointers",
		  { .no_kernel = true, .unwind = UNWIND_BY_FP },
		  false,
		  true,
		  true,
		  false },
		{ "kernel stacks only", { .no_user = true }, true, false, true, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct perf_request r = { .opts = opts_of(FILTER_NONE) };
		const struct perf_event_attr *attr = &fake_perf.events[0].attr;
		struct perf_rings *rings;
		uint64_t type;

		fake_perf_reset();
		r.opts.unwind = rows[i].opts.unwind;
		r.opts.no_kernel = rows[i].opts.no_kernel;
		r.opts.no_user = rows[i].opts.no_user;
		ROW_EQUAL(rows[i].name, perf_request_open(&r, &rings), 0);
		ROW_EQUAL(rows[i].name, fake_perf.cnt, 4); /* two rates on two CPUs */
		type = attr->sample_type;
		ROW_EQUAL(rows[i].name, !!(type & PERF_SAMPLE_CALLCHAIN), rows[i].chain);
		ROW_EQUAL(rows[i].name, !!(type & PERF_SAMPLE_STACK_USER), rows[i].stack);
		ROW_EQUAL(rows[i].name, !!(type & PERF_SAMPLE_REGS_USER), rows[i].stack);
		ROW_EQUAL(rows[i].name, !attr->exclude_callchain_kernel, rows[i].kernel);
		ROW_EQUAL(rows[i].name, !attr->exclude_callchain_user, rows[i].user);
		ROW_EQUAL(rows[i].name, attr->sample_freq + fake_perf.events[1].attr.sample_freq,
			  99);
		ROW_TRUE(rows[i].name, attr->disabled && attr->comm && attr->task);
		ROW_EQUAL(rows[i].name, fake_perf.events[0].tid, -1);
		perf_rings_close(rings);
		perf_request_fini(&r);
	}
}

static void what_is_refused_is_asked_for_with_less(void **state)
{
	static const struct {
		const char *name;
		struct fake_perf kernel;
		enum source_filter filter;
		unsigned int divisor_max;
		int err, tid; /* -1: whole CPUs */
		bool user_only, counts_lost, follows;
		size_t level_cnt;
	} rows[] = {
		{ "nothing is refused",
		  { .cnt = 0 },
		  FILTER_NONE,
		  8,
		  0,
		  -1,
		  false,
		  true,
		  false,
		  4 },
		{ "an old kernel counts no losses",
		  { .is_old = true },
		  FILTER_NONE,
		  0,
		  0,
		  -1,
		  false,
		  false,
		  false,
		  1 },
		{ "no whole CPUs",
		  { .cpu_err = EACCES },
		  FILTER_NONE,
		  0,
		  -EACCES,
		  0,
		  false,
		  true,
		  false,
		  1 },
		{ "a command by whole CPUs",
		  { .cnt = 0 },
		  FILTER_TREE,
		  0,
		  0,
		  -1,
		  false,
		  true,
		  true,
		  1 },
		{ "a command by itself",
		  { .cpu_err = EACCES },
		  FILTER_TREE,
		  0,
		  0,
		  101,
		  false,
		  true,
		  false,
		  1 },
		{ "a command without the kernel's code",
		  { .cpu_err = EACCES, .kernel_err = EACCES },
		  FILTER_TREE,
		  0,
		  0,
		  101,
		  true,
		  true,
		  false,
		  1 },
		{ "threads without the kernel's code",
		  { .kernel_err = EPERM },
		  FILTER_THREADS,
		  0,
		  0,
		  101,
		  true,
		  true,
		  false,
		  1 },
		{ "the files do not suffice for lower rates",
		  { .most = 8 },
		  FILTER_NONE,
		  8,
		  0,
		  -1,
		  false,
		  true,
		  false,
		  1 },
		{ "the files do not suffice at all",
		  { .most = 3 },
		  FILTER_NONE,
		  0,
		  -EMFILE,
		  0,
		  false,
		  true,
		  false,
		  1 },
		{ "a thread that has ended",
		  { .gone_tid = 101 },
		  FILTER_THREADS,
		  0,
		  0,
		  102,
		  false,
		  true,
		  false,
		  1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct perf_request r = { .opts = opts_of(rows[i].filter) };
		struct perf_rings *rings;
		size_t first;

		fake_perf = rows[i].kernel;
		fake_perf.gone_cpu = -1;
		r.opts.divisor_max = rows[i].divisor_max;
		ROW_EQUAL(rows[i].name, perf_request_open(&r, &rings), rows[i].err);
		if (!rows[i].err) {
			ROW_EQUAL(rows[i].name, r.scope.user_only, rows[i].user_only);
			ROW_EQUAL(rows[i].name, r.counts_lost, rows[i].counts_lost);
			ROW_EQUAL(rows[i].name, perf_request_follows(&r), rows[i].follows);
			ROW_EQUAL(rows[i].name, r.level_cnt, rows[i].level_cnt);
			ROW_EQUAL(rows[i].name, !!r.level_err,
				  rows[i].divisor_max && rows[i].level_cnt == 1);
			first = fake_perf.cnt - rings->fd_cnt;
			ROW_EQUAL(rows[i].name, fake_perf.events[first].tid, rows[i].tid);
		}
		perf_rings_close(rings);
		perf_request_fini(&r);
	}
}

static void a_cgroup_is_asked_for_by_its_file(void **state)
{
	struct perf_request r = { .opts = opts_of(FILTER_CGROUP) };
	struct perf_rings *rings;

	fake_perf_reset();
	r.opts.targets = (struct id_list){ 0 };
	r.opts.cgroup_fd = 77;
	assert_int_equal(perf_request_open(&r, &rings), 0);
	assert_int_equal(fake_perf.events[0].tid, 77);
	assert_true(fake_perf.events[0].flags & PERF_FLAG_PID_CGROUP);
	perf_rings_close(rings);
	perf_request_fini(&r);
}

static void a_lower_level_has_a_lower_rate(void **state)
{
	static const struct {
		const char *name;
		const struct event_type *type;
		size_t rate_cnt;
	} rows[] = { { "a clock", &clock_type, 2 }, { "a counter", &faults, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct perf_request r = { .opts = opts_of(FILTER_NONE) };
		const struct perf_event_attr *half;
		struct perf_rings *rings;

		fake_perf_reset();
		r.opts.event = rows[i].type;
		r.opts.freq_hz = 1000;
		r.opts.divisor_max = 2;
		ROW_EQUAL(rows[i].name, perf_request_open(&r, &rings), 0);
		ROW_EQUAL(rows[i].name, r.rate_cnt, rows[i].rate_cnt);
		ROW_EQUAL(rows[i].name, r.level_cnt, 2);
		/* The first event of all hears of names only. */
		ROW_EQUAL(rows[i].name, perf_request_first(&r, 1), 1 + rows[i].rate_cnt);
		ROW_EQUAL(rows[i].name, fake_perf.events[0].attr.config, PERF_COUNT_SW_DUMMY);
		half = &fake_perf.events[perf_request_first(&r, 1)].attr;
		if (rows[i].type == &faults)
			ROW_EQUAL(rows[i].name, half->sample_freq, 500);
		else
			ROW_TRUE(rows[i].name, !half->freq && half->sample_period > 2000000);
		perf_rings_close(rings);
		perf_request_fini(&r);
	}
}

static void a_user_is_told_what_would_help(void **state)
{
	static const struct {
		const char *name;
		int err;
		enum source_filter filter;
		const char *part;
	} rows[] = {
		{ "no perf events", -ENOSYS, FILTER_NONE, "CONFIG_PERF_EVENTS" },
		{ "no such counter", -ENOENT, FILTER_NONE, "no such counter" },
		{ "the same in other words", -EOPNOTSUPP, FILTER_NONE, "no such counter" },
		{ "a cgroup that perf does not know", -ENOENT, FILTER_CGROUP, "subtree_control" },
		{ "files", -EMFILE, FILTER_THREADS, "3 threads on 2 CPUs" },
		{ "locked memory", -ENOBUFS, FILTER_NONE, "perf_event_mlock_kb" },
		{ "anything else", -EIO, FILTER_NONE, "cannot sample cpu-clock: Input/output" },
		{ "whole CPUs", -EACCES, FILTER_NONE, "of whole CPUs" },
		{ "a thread", -EACCES, FILTER_THREADS, "of thread " },
		{ "a command", -EPERM, FILTER_TREE, "of the command" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct perf_request r = { .opts = opts_of(rows[i].filter) };
		struct refusal refusal = { 0 };

		r.scope.cgroup_fd = rows[i].filter == FILTER_CGROUP ? 7 : -1;
		r.scope.threads =
			rows[i].filter == FILTER_NONE ? (struct id_list){ 0 } : r.opts.targets;
		fake_perf_reset();
		fake_perf.err = rows[i].err == -ENOSYS ? ENOSYS : 0;
		ROW_EQUAL(rows[i].name, perf_request_refuse(&r, rows[i].err, &refusal),
			  rows[i].err);
		ROW_EQUAL(rows[i].name, refusal.err, rows[i].err);
		ROW_TRUE(rows[i].name, strstr(refusal.text, rows[i].part));
		refusal_fini(&refusal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_events_are_what_the_options_ask_for),
		cmocka_unit_test(what_is_refused_is_asked_for_with_less),
		cmocka_unit_test(a_cgroup_is_asked_for_by_its_file),
		cmocka_unit_test(a_lower_level_has_a_lower_rate),
		cmocka_unit_test(a_user_is_told_what_would_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
