// SPDX-License-Identifier: BSD-2-Clause
/* Which version of a process's mappings a sample belongs to. */
#include "profiler/recording/tracked.h"
#include "symbolize/process/maps.h"
#include "symbolize/process/process.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/failing_alloc.h"
#include "tests/unit/row.h"

#include <linux/types.h>
#include "bpf/sample.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TGID	0x7ffffff0 /* of no process */
#define PROGRAM 0x400000
#define LIBRARY 0x7f0000000000
#define SIZE	0x10000

struct world {
	struct symbolizer *symbolizer;
	struct tracked *tracked;
	struct tracked_process *proc;
};

static void map_at(struct world *w, uint64_t start)
{
	struct mapping mapping = { .start = start, .end = start + SIZE, .exec = true };

	mapping_set_path(&mapping, "//anon", 6);
	assert_int_equal(symbolizer_add_mapping(w->symbolizer, w->proc->now->process, &mapping), 0);
}

/*
 * As the tracker has it: a program is executed at 1000; the kernel is told of it as
 * space 1; a library is mapped at 2000, which the kernel knows as space 2; at 3000
 * another program takes the first one's place.
 */
static int set_up(void **state)
{
	static struct world w;
	struct symbolizer_opts opts = { 0 };

	assert_int_equal(symbolizer_new(&opts, &w.symbolizer), 0);
	assert_int_equal(tracked_new(w.symbolizer, &w.tracked), 0);
	assert_int_equal(tracked_add(w.tracked, TGID, &w.proc), 0);
	assert_int_equal(tracked_process_renew(w.tracked, w.proc, true, 1000), 0);
	map_at(&w, PROGRAM);
	w.proc->now->space = 1;
	assert_int_equal(tracked_process_renew(w.tracked, w.proc, false, 2000), 0);
	map_at(&w, LIBRARY);
	w.proc->now->space = 2;
	assert_int_equal(tracked_process_renew(w.tracked, w.proc, true, 3000), 0);
	map_at(&w, PROGRAM);
	w.proc->now->space = 3;
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	tracked_free(w->tracked);
	symbolizer_free(w->symbolizer);
	return 0;
}

/* What is mapped at TIME_NS is in a version of its own, in the same one, or nowhere. */
static void versions_of_a_process_are_bounded(void **state)
{
	enum { OWN, SAME, NONE };
	static const struct {
		const char *name;
		size_t mappings, versions; /* that the process has */
		uint64_t after_ns;
		bool is_shared;
		int result;
	} rows[] = {
		{ "few", 2, 1, 1, false, OWN },
		{ "few, shared", 2, 1, 1, true, OWN },
		{ "many, at once", 2000, 1, 1, false, SAME },
		{ "many, at once, shared", 2000, 1, 1, true, NONE },
		{ "many, after a while", 2000, 1, 20000000, false, OWN },
		{ "many versions", 2, 256, 1, false, SAME },
		{ "not quite as many", 2, 255, 1, false, OWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct world *w = *state;
		struct tracked_process *proc;
		const struct version *before;
		bool may_change;

		assert_int_equal(tracked_add(w->tracked, TGID + 1 + (uint32_t)i, &proc), 0);
		for (size_t v = 0; v < rows[i].versions + 1; v++)
			assert_int_equal(tracked_process_renew(w->tracked, proc, true, 1000), 0);
		w->proc = proc;
		for (size_t m = 0; m < rows[i].mappings; m++)
			map_at(w, PROGRAM + m * 2 * SIZE);
		before = proc->now;
		proc->now->sampled = true;
		proc->now->users += rows[i].is_shared;
		assert_int_equal(tracked_process_change(w->tracked, proc, 1000 + rows[i].after_ns,
							&may_change),
				 0);
		ROW_EQUAL(rows[i].name,
			  proc->now != before ? OWN
			  : may_change	      ? SAME
					      : NONE,
			  rows[i].result);
		((struct version *)before)->users -= rows[i].is_shared;
	}
}

/* CLOCK_MONOTONIC is so far ahead. */
static time_t ahead_s;

int clock_gettime(clockid_t id, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, id, now);

	now->tv_sec += ahead_s;
	return result;
}

/* Forks without end: of those that ended unsampled nothing is kept. */
static void who_ended_is_forgotten_unless_sampled(void **state)
{
	struct world *w = *state;
	struct tracked_process *proc, *parent = w->proc;
	size_t at = 0, cnt = 0;

	parent->sampled = parent->now->sampled = true;
	for (uint32_t i = 0; i < 10000; i++) {
		assert_int_equal(tracked_add(w->tracked, 1000 + i, &proc), 0);
		assert_int_equal(proc->tgid, 1000 + i);
		assert_int_equal(tracked_process_set_version(w->tracked, proc, parent->now,
							     4000 + i),
				 0);
		proc->sampled = i == 77;
		assert_int_equal(tracked_process_end(w->tracked, proc), 0);
		ahead_s += i % 100 == 99 ? 4 : 0;
		tracked_sweep(w->tracked);
	}
	assert_null(tracked_find(w->tracked, 1000));
	assert_non_null(tracked_find(w->tracked, 1077)->now);
	assert_non_null(tracked_find(w->tracked, TGID));
	while (tracked_next(w->tracked, &at))
		cnt++;
	assert_true(cnt < 300);
	ahead_s = 0;
}

static uint32_t space_of(const struct version *version)
{
	return version ? version->space : 0;
}

static void a_copy_is_of_its_time(void **state)
{
	static const struct {
		const char *name;
		uint64_t time_ns, ip;
		uint32_t space; /* 0: none */
	} rows[] = {
		{ "before anything is known", 999, PROGRAM, 0 },
		{ "the program's first moment", 1000, PROGRAM, 1 },
		{ "before the library", 1999, PROGRAM, 1 },
		{ "before the library, in it", 1999, LIBRARY, 0 },
		{ "the library's first moment", 2000, PROGRAM, 2 },
		{ "in the library", 2500, LIBRARY, 2 },
		{ "before the other program", 2999, PROGRAM, 2 },
		{ "the other program", 3000, PROGRAM, 3 },
		{ "the other program has no library", 3000, LIBRARY, 0 },
		{ "the last byte of a mapping", 3500, PROGRAM + SIZE - 1, 3 },
		{ "behind it", 3500, PROGRAM + SIZE, 0 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].name,
			  space_of(
				  tracked_process_version_at(w->proc, rows[i].time_ns, rows[i].ip)),
			  rows[i].space);
}

static void a_stack_is_of_its_space(void **state)
{
	static const struct {
		const char *name;
		uint32_t space;
		uint64_t ips[2];
		size_t cnt;
		uint32_t want;
	} rows[] = {
		{ "as the kernel knew it", 1, { PROGRAM }, 1, 1 },
		{ "an address that is exact", 1, { PROGRAM | SAMPLE_IP_EXACT }, 1, 1 },
		{ "the kernel did not know the library", 1, { PROGRAM, LIBRARY }, 2, 2 },
		{ "the kernel did not know the process", 0, { PROGRAM }, 1, 3 },
		{ "nothing maps it", 2, { PROGRAM, LIBRARY + SIZE }, 2, 0 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].name,
			  space_of(tracked_process_version_with(w->proc, rows[i].space, rows[i].ips,
								rows[i].cnt)),
			  rows[i].want);
}

/* What a process has now, and before. */
struct snapshot {
	struct version *now;
	uint64_t since_ns;
	size_t old_cnt;
	unsigned int users;
};

static struct snapshot snapshot_of(const struct tracked_process *proc)
{
	return (struct snapshot){ proc->now, proc->since_ns, proc->old_cnt, proc->now->users };
}

static void assert_unchanged(const struct tracked_process *proc, struct snapshot before)
{
	assert_ptr_equal(proc->now, before.now);
	assert_int_equal(proc->since_ns, before.since_ns);
	assert_int_equal(proc->old_cnt, before.old_cnt);
	assert_int_equal(proc->now->users, before.users);
}

static int renew(struct world *w)
{
	return tracked_process_renew(w->tracked, w->proc, false, 4000);
}

/* A program that was read from /proc. */
static int adopt(struct world *w)
{
	uint64_t left = allocs_left;
	struct process *process;

	fail_alloc(0); /* the reading is not what is tested */
	assert_int_equal(symbolizer_copy_process(w->symbolizer, TGID, NULL, &process), 0);
	fail_alloc(left);
	return tracked_process_adopt(w->tracked, w->proc, process, 4000);
}

static int retire(struct world *w)
{
	return tracked_process_end(w->tracked, w->proc);
}

/* Each allocation fails in turn, until a run has no further one. */
static void a_process_without_memory_is_as_it_was(void **state)
{
	static const struct {
		const char *name;
		int (*change)(struct world *w);
		int min; /* allocations, at the least */
	} rows[] = {
		{ "a version of its own", renew, 3 },
		{ "a process that was read", adopt, 2 },
		{ "a version that goes", retire, 1 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct snapshot before = snapshot_of(w->proc);
		int failed = 0, err;

		for (;; failed++) {
			fail_alloc((uint64_t)failed + 1);
			err = rows[i].change(w);
			if (!alloc_failed())
				break;
			ROW_EQUAL(rows[i].name, err, -ENOMEM);
			assert_unchanged(w->proc, before);
		}
		ROW_EQUAL(rows[i].name, err, 0);
		ROW_TRUE(rows[i].name, failed >= rows[i].min);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_ended_is_forgotten_unless_sampled, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(versions_of_a_process_are_bounded, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_copy_is_of_its_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stack_is_of_its_space, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_process_without_memory_is_as_it_was, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
