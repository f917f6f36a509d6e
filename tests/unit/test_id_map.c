// SPDX-License-Identifier: BSD-2-Clause
/* Every key leads to what was added with it, whatever the keys look like. */
#include "profiler/id_map.h"
#include "tests/unit/failing_alloc.h"
#include "tests/unit/row.h"

#include <stdlib.h>

#define CNT 20000

static void an_empty_map_has_nothing(void **state)
{
	struct id_map map = { 0 };
	uint32_t index;

	assert_false(id_map_find(&map, 0, &index));
	assert_false(id_map_find(&map, UINT64_MAX, &index));
	id_map_clear(&map);
	id_map_fini(&map);
}

/* Process ids, pointers, and hashes whose low half is always the same. */
static void keys_of_any_kind_are_found(void **state)
{
	static const struct {
		const char *name;
		uint64_t first, step;
	} rows[] = {
		{ "ids from 0 on", 0, 1 },
		{ "ids up to the last", UINT32_MAX - CNT + 1, 1 },
		{ "pages", 0x7f0000000000, 4096 },
		{ "the high half only", 0, 1ULL << 32 },
		{ "the low half wraps around", UINT64_MAX - 5, 1 },
		{ "large steps", 1, 0x9e3779b97f4a7c15 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct id_map map = { 0 };
		uint32_t index;

		for (uint32_t nr = 0; nr < CNT; nr++)
			ROW_EQUAL(rows[i].name,
				  id_map_add(&map, rows[i].first + nr * rows[i].step, nr), 0);
		for (uint32_t nr = 0; nr < CNT; nr++) {
			ROW_TRUE(rows[i].name,
				 id_map_find(&map, rows[i].first + nr * rows[i].step, &index));
			ROW_EQUAL(rows[i].name, index, nr);
		}
		ROW_TRUE(rows[i].name,
			 !id_map_find(&map, rows[i].first + CNT * rows[i].step, &index));
		ROW_TRUE(rows[i].name, map.cap >= 2 * CNT && map.cap < 8 * CNT);
		id_map_fini(&map);
	}
}

/* Each second one goes; the others are where they were, and there is room for new ones. */
static void what_was_removed_is_gone_and_nothing_else(void **state)
{
	struct id_map map = { 0 };
	uint32_t index;

	for (uint32_t nr = 0; nr < CNT; nr++)
		assert_int_equal(id_map_add(&map, nr * 7, nr), 0);
	for (uint32_t nr = 0; nr < CNT; nr += 2)
		id_map_remove(&map, nr * 7);
	id_map_remove(&map, 3); /* there is none */
	assert_int_equal(map.cnt, CNT / 2);
	for (uint32_t nr = 0; nr < CNT; nr++) {
		bool is_there = id_map_find(&map, nr * 7, &index);

		assert_int_equal(is_there, nr % 2);
		assert_true(!is_there || index == nr);
	}
	for (uint32_t round = 0; round < 10 * CNT; round++) {
		assert_int_equal(id_map_add(&map, 1000000 + round, round), 0);
		assert_true(id_map_find(&map, 1000000 + round, &index));
		id_map_remove(&map, 1000000 + round);
		assert_false(id_map_find(&map, 1000000 + round, &index));
	}
	assert_true(map.cap < 8 * CNT);
	id_map_fini(&map);
	id_map_remove(&map, 3);
}

static void a_key_may_be_there_several_times(void **state)
{
	struct id_map map = { 0 };
	bool is_seen[CNT] = { false };
	size_t at = 0, cnt = 0;
	uint32_t index;

	for (uint32_t nr = 0; nr < CNT; nr++)
		assert_int_equal(id_map_add(&map, nr % 100, nr), 0);
	while (id_map_next(&map, 7, &at, &index)) {
		assert_int_equal(index % 100, 7);
		assert_false(is_seen[index]);
		is_seen[index] = true;
		cnt++;
	}
	assert_int_equal(cnt, CNT / 100);
	id_map_fini(&map);
}

static void a_cleared_map_is_used_again(void **state)
{
	struct id_map map = { 0 };
	uint32_t index;

	for (uint32_t round = 0; round < 5; round++) {
		for (uint32_t nr = 0; nr < 1000; nr++) {
			assert_false(id_map_find(&map, nr, &index));
			assert_int_equal(id_map_add(&map, nr, nr + round), 0);
		}
		assert_true(id_map_find(&map, 999, &index));
		assert_int_equal(index, 999 + round);
		id_map_clear(&map);
		assert_int_equal(map.cnt, 0);
	}
	id_map_fini(&map);
}

static void a_map_without_memory_is_as_it_was(void **state)
{
	struct id_map map = { 0 };
	uint32_t index, failed = 0;

	for (uint32_t nr = 0; nr < 1000; nr++) {
		fail_alloc(1);
		if (id_map_add(&map, nr, nr)) {
			assert_int_equal(map.cnt, nr);
			assert_false(id_map_find(&map, nr, &index));
			failed++;
			assert_int_equal(id_map_add(&map, nr, nr), 0);
		}
		alloc_failed();
	}
	assert_int_equal(failed, 4); /* 256, 512, 1024 and 2048 slots */
	for (uint32_t nr = 0; nr < 1000; nr++)
		assert_true(id_map_find(&map, nr, &index) && index == nr);
	id_map_fini(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_map_has_nothing),
		cmocka_unit_test(keys_of_any_kind_are_found),
		cmocka_unit_test(what_was_removed_is_gone_and_nothing_else),
		cmocka_unit_test(a_key_may_be_there_several_times),
		cmocka_unit_test(a_cleared_map_is_used_again),
		cmocka_unit_test(a_map_without_memory_is_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
