// SPDX-License-Identifier: BSD-2-Clause
/* Address spaces as the program sees them: whole, shared, turned over, and used again in time. */
#include "profiler/tables/spaces.h"
#include "tests/unit/row.h"
#include "tests/unit/fake_kernel.h"

#include <stdlib.h>

#define TGID	1000
#define CHILD	1001
#define MEM_MAX ((size_t)4 << 20)
#define SECOND	1000000000ULL
#define FEW	1024 /* mappings: any process may have them, if there are any left */

struct world {
	struct tables *tables;
	struct spaces *spaces;
	struct table *table; /* of some file */
};

static int set_up(void **state)
{
	static struct world w;
	const struct table_file file = { .key = 7, .fd = -1 };

	assert_int_equal(tables_open(fake_kernel_open(), MEM_MAX, NULL, &w.tables), 0);
	assert_int_equal(spaces_open(w.tables, &fake_kernel.tables, &w.spaces), 0);
	assert_int_equal(tables_get(w.tables, &file, false, &w.table), 0);
	*state = &w;
	return 0;
}

/* Every range gave its tables back. */
static int tear_down(void **state)
{
	struct world *w = *state;

	spaces_close(w->spaces);
	assert_int_equal(w->table->users, 1);
	tables_close(w->tables);
	fake_kernel_close();
	return 0;
}

/* CNT mappings from START on, each of the same file. */
static int set_space(struct world *w, uint32_t tgid, uint64_t start, uint32_t cnt)
{
	const struct table_file file = { .key = 7, .fd = -1 };
	struct space_mapping *mappings = calloc(cnt + 1, sizeof(*mappings));
	int err;

	assert_non_null(mappings);
	for (uint32_t i = 0; i < cnt; i++) {
		mappings[i] = (struct space_mapping){ .start = start + i * 0x1000,
						      .end = start + i * 0x1000 + 0x800,
						      .bias = start };
		assert_int_equal(tables_get(w->tables, &file, false, &mappings[i].table), 0);
	}
	err = spaces_set(w->spaces, tgid, mappings, cnt, 0);
	free(mappings);
	return err;
}

static void the_program_finds_each_mapping(void **state)
{
	static const struct {
		const char *name;
		uint64_t ip;
		bool is_found;
	} rows[] = {
		{ "before the first", 0x3ff, false }, { "its first byte", 0x400000, true },
		{ "its last byte", 0x4007ff, true },  { "behind it", 0x400800, false },
		{ "the last one", 0x463000, true },   { "behind it", 0x463800, false },
	};
	struct world *w = *state;
	const struct unwind_process *process;

	assert_int_equal(set_space(w, TGID, 0x400000, 100), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct unwind_mapping found = fake_mapping(TGID, rows[i].ip);

		ROW_EQUAL(rows[i].name, found.file_id, rows[i].is_found ? w->table->file_id : 0);
		ROW_EQUAL(rows[i].name, found.bias, rows[i].is_found ? 0x400000 : 0);
	}
	process = fake_process(TGID);
	assert_int_equal(process->cnt, 100);
	assert_int_equal(process->version, spaces_version(w->spaces, TGID));
	assert_int_equal(process->flags, 0);
	assert_int_equal(spaces_version(w->spaces, CHILD), 0);
}

/* Code without a file has a mapping without a table; a process may have no code at all. */
static void not_everything_has_a_table(void **state)
{
	const struct space_mapping anonymous = { .start = 0x1000, .end = 0x2000 };
	struct world *w = *state;

	assert_int_equal(spaces_set(w->spaces, TGID, &anonymous, 1, 0), 0);
	assert_int_equal(fake_mapping(TGID, 0x1000).end, 0x2000);
	assert_int_equal(fake_mapping(TGID, 0x1000).file_id, UNWIND_FILE_NONE);
	assert_int_equal(spaces_set(w->spaces, TGID, NULL, 0, 0), 0);
	assert_int_equal(fake_process(TGID)->cnt, 0);
}

static void a_change_has_a_version_of_its_own(void **state)
{
	struct world *w = *state;
	uint32_t before;

	assert_int_equal(set_space(w, TGID, 0x400000, 2), 0);
	before = spaces_version(w->spaces, TGID);
	assert_int_not_equal(before, 0);
	assert_int_equal(set_space(w, TGID, 0x500000, 3), 0);
	assert_int_not_equal(spaces_version(w->spaces, TGID), before);
	assert_int_equal(fake_mapping(TGID, 0x400000).file_id, 0);
	assert_int_not_equal(fake_mapping(TGID, 0x502000).file_id, 0);
}

static void a_child_shares_until_one_of_them_changes(void **state)
{
	struct world *w = *state;

	assert_int_equal(spaces_share(w->spaces, CHILD, TGID), -ENOENT);
	assert_int_equal(set_space(w, TGID, 0x400000, 2), 0);
	assert_int_equal(spaces_share(w->spaces, CHILD, TGID), 0);
	assert_int_equal(spaces_version(w->spaces, CHILD), spaces_version(w->spaces, TGID));
	assert_int_equal(fake_process(CHILD)->first, fake_process(TGID)->first);
	assert_int_equal(set_space(w, TGID, 0x500000, 2), 0);
	assert_int_not_equal(fake_mapping(CHILD, 0x400000).file_id, 0);
	spaces_drop(w->spaces, TGID);
	assert_null(fake_process(TGID));
	assert_int_equal(spaces_version(w->spaces, TGID), 0);
	assert_int_equal(spaces_share(w->spaces, CHILD, TGID), -ENOENT);
	assert_non_null(fake_process(CHILD));
	spaces_drop(w->spaces, TGID); /* once more is no matter */
	/* The id comes back, as another process's. */
	assert_int_equal(set_space(w, TGID, 0x600000, 1), 0);
	assert_int_not_equal(fake_mapping(TGID, 0x600000).file_id, 0);
}

static void copies_are_wanted_again_after_a_change(void **state)
{
	struct world *w = *state;

	spaces_settle(w->spaces, TGID);
	assert_null(fake_process(TGID));
	assert_int_equal(set_space(w, TGID, 0x400000, 1), 0);
	spaces_settle(w->spaces, TGID);
	assert_int_equal(fake_process(TGID)->flags, UNWIND_PROCESS_SETTLED);
	assert_int_equal(set_space(w, TGID, 0x500000, 1), 0);
	assert_int_equal(fake_process(TGID)->flags, 0);
}

/* One process takes half of what is free at the most, but for a few mappings. */
static void a_large_process_leaves_room_for_others(void **state)
{
	struct world *w = *state;

	assert_int_equal(set_space(w, TGID, 0x400000, UNWIND_MAPPINGS / 2 + 1), -ENOSPC);
	assert_int_equal(set_space(w, TGID, 0x400000, UNWIND_MAPPINGS / 2), 0);
	assert_int_equal(set_space(w, CHILD, 0x400000, UNWIND_MAPPINGS / 2), -ENOSPC);
	assert_int_equal(set_space(w, CHILD, 0x400000, FEW), 0);
}

/* A program may be walking what was dropped just now. */
static void a_range_is_used_again_when_no_walk_can_be_in_it(void **state)
{
	static const struct {
		const char *name;
		uint64_t ahead_ns; /* since it was dropped */
		int err;
	} rows[] = {
		{ "at once", 0, -ENOSPC },
		{ "after half a second", SECOND / 2, -ENOSPC },
		{ "after two", 2 * SECOND, 0 },
	};
	struct world *w = *state;

	uint32_t tgid = CHILD + 1;

	/* The whole pool: each takes half of what is free. */
	for (uint32_t cnt = UNWIND_MAPPINGS / 2; cnt >= FEW; cnt /= 2)
		assert_int_equal(set_space(w, tgid++, 0x400000, cnt), 0);
	assert_int_equal(set_space(w, tgid, 0x400000, FEW), 0);
	while (tgid > CHILD)
		spaces_drop(w->spaces, tgid--);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_kernel.ahead_ns = rows[i].ahead_ns;
		spaces_reclaim(w->spaces);
		ROW_EQUAL(rows[i].name, set_space(w, CHILD, 0x400000, 1), rows[i].err);
	}
}

static void what_has_no_room_has_no_range(void **state)
{
	struct world *w = *state;

	assert_int_equal(set_space(w, TGID, 0x400000, 1), 0);
	assert_int_equal(set_space(w, TGID, 0, UNWIND_MAPPINGS + 1), -ENOSPC);
	assert_null(fake_process(TGID)); /* what it had is wrong now */
	assert_int_equal(spaces_version(w->spaces, TGID), 0);
	for (uint32_t i = 0; i < FAKE_PROC_CNT; i++)
		assert_int_equal(set_space(w, TGID + i, 0x400000, 1), 0);
	assert_int_equal(set_space(w, TGID + FAKE_PROC_CNT, 0x400000, 1), -E2BIG);
	assert_int_equal(spaces_version(w->spaces, TGID + FAKE_PROC_CNT), 0);
}

/* What cannot be turned over to is taken away: the old mappings are wrong now. */
static void a_refused_change_leaves_nothing(void **state)
{
	struct world *w = *state;

	assert_int_equal(set_space(w, TGID, 0x400000, 1), 0);
	fake_kernel.refuse = EPERM;
	assert_int_equal(set_space(w, TGID, 0x500000, 1), -EPERM);
	assert_null(fake_process(TGID));
	assert_int_equal(spaces_version(w->spaces, TGID), 0);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(the_program_finds_each_mapping),
		IN_WORLD(not_everything_has_a_table),
		IN_WORLD(a_change_has_a_version_of_its_own),
		IN_WORLD(a_child_shares_until_one_of_them_changes),
		IN_WORLD(copies_are_wanted_again_after_a_change),
		IN_WORLD(a_large_process_leaves_room_for_others),
		IN_WORLD(a_range_is_used_again_when_no_walk_can_be_in_it),
		IN_WORLD(what_has_no_room_has_no_range),
		IN_WORLD(a_refused_change_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
