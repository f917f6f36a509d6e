// SPDX-License-Identifier: BSD-2-Clause
/* test_word_map.c - a table from words to pointers. */
#include "symbolize/word_map.h"

#include "tests/unit/row.h"

#define KEYS 1000

static const char values[KEYS];

static void keeps_what_it_is_given(void **state)
{
	static const struct {
		const char *name;
		uint64_t first, step;
	} rows[] = {
		{ "neighbours", 1, 1 },
		{ "offsets of pages", 1, 4096 },
		{ "the high half alone", (uint64_t)1 << 32, (uint64_t)1 << 32 },
		{ "down from the last word", UINT64_MAX, UINT64_MAX },
	};

	for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
		struct word_map map = { 0 };
		struct word_entry *entry;

		for (size_t i = 0; i < KEYS; i++) {
			uint64_t key = rows[r].first + i * rows[r].step;

			ROW_EQUAL(rows[r].name, word_map_get(&map, key, &entry), 0);
			ROW_TRUE(rows[r].name, !entry->value);
			entry->value = &values[i];
		}
		ROW_EQUAL(rows[r].name, map.cnt, KEYS);
		for (size_t i = 0; i < KEYS; i++) {
			uint64_t key = rows[r].first + i * rows[r].step;

			ROW_EQUAL(rows[r].name, word_map_get(&map, key, &entry), 0);
			ROW_TRUE(rows[r].name, entry->value == &values[i]);
		}
		ROW_EQUAL(rows[r].name, map.cnt, KEYS);
		word_map_fini(&map);
	}
}

static void forgets_when_it_is_cleared(void **state)
{
	struct word_map map = { 0 };
	struct word_entry *entry;
	size_t cap;

	word_map_clear(&map);
	for (uint64_t key = 1; key <= KEYS; key++) {
		assert_int_equal(word_map_get(&map, key, &entry), 0);
		entry->value = values;
	}
	cap = map.cap;
	word_map_clear(&map);
	for (uint64_t key = 1; key <= KEYS; key++) {
		assert_int_equal(word_map_get(&map, key, &entry), 0);
		assert_null(entry->value);
	}
	assert_int_equal(map.cap, cap);
	word_map_fini(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_it_is_given),
		cmocka_unit_test(forgets_when_it_is_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
