// SPDX-License-Identifier: BSD-2-Clause
/* Which processes have an interpreter, and what the program is told of it. */
#include "profiler/recording/interpreters.h"
#include "tests/unit/row.h"
#include "tests/unit/fake_kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "symbolize/cfi/ehframe.h"
#include "symbolize/process/owner.h"
#include "symbolize/process/process.h"

#define MEM_MAX ((size_t)4 << 20)
#define WAIT_MS 10000
#define MS	1000000ULL
#define PROGRAM 1 /* keys of files */
#define LIBRARY 2
#define OTHER	3
#define LATER	4 /* another program */
#define SECOND	5 /* another interpreter */
#define BIAS	0x7f0000000000ULL
#define EVAL	0x1000

struct world {
	struct tables *tables;
	struct interpreters *interpreters;
	int attached, err; /* how often it was asked, and what it says */
	uint64_t bias, takes_ns;
};

static uint32_t library_key, second_version;
static struct tracked_interpreter of; /* the process at hand */
static struct process process;
static uint32_t user; /* whose the process is */

uint32_t owner_of(pid_t pid)
{
	(void)pid;
	return user;
}

/* The library is an interpreter. */
static int load(void *ctx, int fd, const struct effort *effort, const struct ehframe_sink *sink,
		struct ehframe_table **out, struct interpreter_file *interpreter)
{
	(void)ctx;
	(void)effort;
	(void)sink;
	*out = NULL;
	if (lseek(fd, 0, SEEK_CUR) == SECOND)
		*interpreter = (struct interpreter_file){ .kind = INTERPRETER_PYTHON,
							  .version = second_version };
	if (lseek(fd, 0, SEEK_CUR) == (off_t)library_key)
		*interpreter = (struct interpreter_file){ .kind = INTERPRETER_PYTHON,
							  .version = 0x030b,
							  .eval_start = EVAL,
							  .eval_end = EVAL + 0x100 };
	return -ENODATA;
}

static int attach(void *ctx, int memory, const struct interpreter_file *file, uint64_t bias,
		  struct interpreter *out)
{
	struct world *w = ctx;

	assert_true(memory >= 0);
	assert_int_equal(file->version, 0x030b);
	w->attached++;
	fake_kernel.ahead_ns += w->takes_ns;
	w->bias = bias;
	*out = (struct interpreter){ .kind = INTERPRETER_PYTHON, .slot = 792 };
	return w->err;
}

static struct table *table_of(struct world *w, uint32_t key)
{
	struct table_file file = { .key = key, .fd = memfd_create("file", MFD_CLOEXEC) };
	struct table *table;

	assert_int_equal(lseek(file.fd, (off_t)key, SEEK_SET), key);
	assert_int_equal(tables_get(w->tables, &file, true, &table), 0);
	close(file.fd);
	return table;
}

static int set_up(void **state)
{
	static const struct table_loader loader = { .load = load };
	static struct world w;
	const struct interpreter_attacher attacher = { attach, &w };

	w = (struct world){ 0 };
	library_key = LIBRARY;
	second_version = 0x0306;
	of = (struct tracked_interpreter){ 0 };
	user = 0;
	process = (struct process){ .pid = getpid() };
	assert_int_equal(tables_open(fake_kernel_open(), MEM_MAX, &loader, &w.tables), 0);
	assert_int_equal(interpreters_open(w.tables, &fake_kernel.tables, &attacher,
					   &w.interpreters),
			 0);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	interpreters_close(w->interpreters);
	tables_close(w->tables);
	fake_kernel_close();
	return 0;
}

/* What the program is told of this process if it maps FIRST, some other file, and SECOND. */
static uint32_t flags_of(struct world *w, uint32_t first, uint32_t second)
{
	const struct space_mapping mappings[] = {
		{ .start = 0x400000, .table = table_of(w, first) },
		{ .start = BIAS, .bias = BIAS },
		{ .start = BIAS, .bias = BIAS, .table = table_of(w, OTHER) },
		{ .start = BIAS, .bias = BIAS, .table = table_of(w, second) },
	};
	uint32_t flags;

	of.evaluator = (struct interpreter_code){ 0 };
	assert_true(tables_wait(w->tables, WAIT_MS));
	flags = interpreters_flags(w->interpreters, &process, mappings, ARRAY_SIZE(mappings), &of);
	if (first == LIBRARY || second == LIBRARY)
		assert_int_equal(of.evaluator.end - of.evaluator.start, 0x100);
	else
		assert_int_equal(of.evaluator.end, 0);
	for (size_t i = 0; i < ARRAY_SIZE(mappings); i++) {
		if (mappings[i].table)
			tables_put(w->tables, mappings[i].table);
	}
	return flags;
}

static void a_process_without_one_costs_nothing(void **state)
{
	struct world *w = *state;

	assert_int_equal(flags_of(w, PROGRAM, OTHER), 0);
	assert_int_equal(w->attached, 0);
	assert_int_equal(interpreters_flags(NULL, NULL, NULL, 0, &of), 0);
	assert_int_equal(interpreters_wait_ms(w->interpreters, 1000), 1000);
	assert_int_equal(interpreters_wait_ms(NULL, 1000), 1000);
}

static void what_is_known_of_one_is_true_of_all(void **state)
{
	const uint32_t kind = INTERPRETER_PYTHON << INTERPRETER_KIND_SHIFT;
	struct world *w = *state;

	assert_int_equal(flags_of(w, PROGRAM, LIBRARY), kind);
	assert_int_equal(w->bias, BIAS);
	assert_int_equal(fake_kernel.interpreter_cnt, 1);
	assert_int_equal(fake_kernel.interpreters[0].slot, 792);
	assert_int_equal(flags_of(w, PROGRAM, LIBRARY), kind);
	assert_int_equal(w->attached, 1);
	/* In another program its threads' states may be elsewhere. */
	assert_int_equal(flags_of(w, LATER, LIBRARY), kind | 1 << INTERPRETER_INDEX_SHIFT);
	assert_int_equal(w->attached, 2);
	assert_int_equal(fake_kernel.interpreter_cnt, 2);
}

static void one_that_is_not_known_is_asked_once(void **state)
{
	struct world *w = *state;

	w->err = -ENOTSUP;
	assert_int_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	assert_int_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	assert_int_equal(w->attached, 1);
	assert_int_equal(fake_kernel.interpreters[0].kind, INTERPRETER_NONE);
}

/* The memory that says so is the process's to write. */
static void what_one_user_says_is_not_true_of_another(void **state)
{
	struct world *w = *state;

	user = 2;
	w->err = -ENOTSUP;
	assert_int_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	user = 1;
	w->err = 0;
	assert_int_not_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	user = 3;
	assert_int_not_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	assert_int_equal(w->attached, 3);
	user = 2; /* this one's was refused */
	assert_int_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	assert_int_equal(w->attached, 3);
	assert_int_equal(fake_kernel.guesses[2].cnt, 0);
	assert_int_equal(fake_kernel.guesses[1].cnt, 1);
	assert_int_equal(fake_kernel.guesses[1].index[0], 1);
	assert_int_equal(fake_kernel.guesses[3].index[0], 2);
}

static void what_root_says_is(void **state)
{
	struct world *w = *state;

	assert_int_not_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	user = 1;
	assert_int_not_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	assert_int_equal(w->attached, 1);
	assert_int_equal(fake_kernel.guesses[0].cnt, 1);
	assert_int_equal(fake_kernel.guesses[1].cnt, 0);
}

static void the_newest_are_guessed(void **state)
{
	struct world *w = *state;

	user = 1;
	for (uint32_t i = 0; i < INTERPRETER_GUESSES + 1; i++)
		flags_of(w, LATER + i, LIBRARY);
	assert_int_equal(fake_kernel.guesses[1].cnt, INTERPRETER_GUESSES);
	assert_int_equal(fake_kernel.guesses[1].index[0], INTERPRETER_GUESSES);
	assert_int_equal(fake_kernel.guesses[1].index[1], 1);
}

static void greenlets_are_told_by_their_module(void **state)
{
	static const struct {
		const char *module;
		bool is_switched;
	} rows[] = {
		{ "/usr/lib/greenlet/_greenlet.cpython-39.so", true },
		{ "/usr/lib/_greenlet.d/other.so", false },
		{ "/usr/lib/my_greenlet.so", false },
		{ "[vdso]", false },
		{ NULL, false },
	};
	struct process_mapping mapping = { 0 };
	struct world *w = *state;

	process.mappings = &mapping;
	process.cnt = 1;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		mapping.module = rows[i].module;
		assert_int_not_equal(flags_of(w, PROGRAM, LIBRARY), 0);
		assert_int_equal(of.evaluator.is_switched, rows[i].is_switched);
	}
}

/* It is looked at again, ever later, and not for ever. */
static void one_that_has_not_begun_is_asked_again(void **state)
{
	struct world *w = *state;
	uint32_t tgid = 0;
	int asked = 1;

	w->err = -EAGAIN;
	assert_int_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	assert_false(interpreters_due(w->interpreters, &tgid));
	assert_in_range(interpreters_wait_ms(w->interpreters, 1000), 1, 6);
	assert_int_equal(interpreters_wait_ms(w->interpreters, 1), 1);
	fake_kernel.ahead_ns += 6 * MS;
	assert_true(interpreters_due(w->interpreters, &tgid));
	assert_int_equal(tgid, getpid());
	assert_false(interpreters_due(w->interpreters, &tgid));
	for (; asked < 100; asked++) {
		flags_of(w, PROGRAM, LIBRARY);
		fake_kernel.ahead_ns += 60000 * MS;
		if (!interpreters_due(w->interpreters, &tgid))
			break;
	}
	assert_in_range(asked, 8, 20);
	flags_of(w, LATER, LIBRARY);
	interpreters_forget(w->interpreters, (uint32_t)getpid());
	fake_kernel.ahead_ns += 60000 * MS;
	assert_false(interpreters_due(w->interpreters, &tgid));
	w->err = 0;
	assert_int_not_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	assert_false(interpreters_due(w->interpreters, &tgid));
}

/* Processes of a row: 0 if there is none of VERSION and WHY. */
static uint64_t unread(struct world *w, uint32_t version, enum interpreter_unread why)
{
	struct interpreters_unread all;

	interpreters_unread(w->interpreters, &all);
	for (size_t i = 0; i < all.cnt; i++) {
		if (all.rows[i].file.version == version && all.rows[i].why == why)
			return all.rows[i].processes;
	}
	return 0;
}

/* Whoever makes one after the other leaves half of the places. */
static void a_user_has_as_many_as_are_free(void **state)
{
	struct world *w = *state;

	user = 2;
	for (uint32_t i = 0; i < INTERPRETERS / 2; i++)
		assert_int_not_equal(flags_of(w, LATER + i, LIBRARY), 0);
	assert_int_equal(unread(w, 0x030b, UNREAD_NO_ROOM), 0);
	assert_int_equal(flags_of(w, LATER + INTERPRETERS, LIBRARY), 0);
	assert_int_equal(unread(w, 0x030b, UNREAD_NO_ROOM), 1);
	user = 1;
	assert_int_not_equal(flags_of(w, LATER + INTERPRETERS, LIBRARY), 0);
}

static size_t unread_rows(struct world *w)
{
	struct interpreters_unread all;

	interpreters_unread(w->interpreters, &all);
	return all.cnt;
}

/* Each process counts once for each reason, however often the program is told of it. */
static void why_one_is_not_read_is_counted(void **state)
{
	static const struct {
		const char *name;
		int err;
		enum interpreter_unread why;
	} rows[] = {
		{ "frames that are not code", -ENOTSUP, UNREAD_NO_ROOT },
		{ "absurd offsets", -EBADMSG, UNREAD_BAD_OFFSETS },
		{ "not begun", -EAGAIN, UNREAD_NOT_BEGUN },
		{ "not ours", -EPERM, UNREAD_DENIED },
		{ "a parser that gave up", -ETIMEDOUT, UNREAD_OTHER },
	};
	struct world *w = *state;

	for (uint32_t i = 0; i < ARRAY_SIZE(rows); i++) {
		w->err = rows[i].err;
		for (int told = 0; told < 3; told++)
			ROW_EQUAL(rows[i].name, flags_of(w, LATER + 10 + i, LIBRARY), 0);
		ROW_EQUAL(rows[i].name, unread(w, 0x030b, rows[i].why), 1);
		interpreters_forget(w->interpreters, (uint32_t)getpid());
		of = (struct tracked_interpreter){ 0 };
		flags_of(w, LATER + 10 + i, LIBRARY);
		ROW_EQUAL(rows[i].name, unread(w, 0x030b, rows[i].why), 2);
		interpreters_forget(w->interpreters, (uint32_t)getpid());
	}
	assert_int_equal(unread_rows(w), ARRAY_SIZE(rows));
}

/* One that begins late is read, and so it is not counted. */
static void one_that_begins_late_is_not_counted(void **state)
{
	struct world *w = *state;

	w->err = -EAGAIN;
	flags_of(w, PROGRAM, LIBRARY);
	assert_int_equal(unread(w, 0x030b, UNREAD_NOT_BEGUN), 1);
	w->err = 0;
	assert_int_not_equal(flags_of(w, PROGRAM, LIBRARY), 0);
	assert_int_equal(unread_rows(w), 0);
}

static void of_two_the_first_known_one_is_read(void **state)
{
	struct world *w = *state;

	for (int told = 0; told < 2; told++) {
		assert_int_not_equal(flags_of(w, LIBRARY, SECOND), 0);
		assert_int_not_equal(flags_of(w, SECOND, LIBRARY), 0);
	}
	assert_int_equal(unread(w, 0x0306, UNREAD_TOO_OLD), 1);
	assert_int_equal(unread_rows(w), 1);
	/* The same file twice is one interpreter. */
	of = (struct tracked_interpreter){ 0 };
	assert_int_not_equal(flags_of(w, LIBRARY, LIBRARY), 0);
	assert_int_equal(unread_rows(w), 1);
}

static void of_two_known_ones_the_second_is_counted(void **state)
{
	struct world *w = *state;

	second_version = 0x030c;
	assert_int_not_equal(flags_of(w, LIBRARY, SECOND), 0);
	assert_int_not_equal(flags_of(w, LIBRARY, SECOND), 0);
	assert_int_equal(unread(w, 0x030c, UNREAD_SECOND), 1);
	assert_int_equal(unread_rows(w), 1);
}

/* Processes whose memory is slow cost a part of the time, however many they are. */
static void slow_ones_are_not_asked_without_end(void **state)
{
	struct world *w = *state;
	int asked;

	w->err = -EAGAIN;
	w->takes_ns = 60 * MS;
	for (int i = 0; i < 100; i++)
		flags_of(w, PROGRAM, LIBRARY);
	asked = w->attached;
	assert_in_range(asked, 1, 10);
	user = 1; /* another user's is not to blame */
	flags_of(w, PROGRAM, LIBRARY);
	assert_int_equal(w->attached, asked + 1);
	user = 0;
	fake_kernel.ahead_ns += 60000 * MS;
	flags_of(w, PROGRAM, LIBRARY);
	assert_int_equal(w->attached, asked + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_process_without_one_costs_nothing, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_known_of_one_is_true_of_all, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_one_user_says_is_not_true_of_another, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_root_says_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_newest_are_guessed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_user_has_as_many_as_are_free, set_up, tear_down),
		cmocka_unit_test_setup_teardown(greenlets_are_told_by_their_module, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(one_that_is_not_known_is_asked_once, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(one_that_has_not_begun_is_asked_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(why_one_is_not_read_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_begins_late_is_not_counted, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(of_two_the_first_known_one_is_read, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(of_two_known_ones_the_second_is_counted, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(slow_ones_are_not_asked_without_end, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
