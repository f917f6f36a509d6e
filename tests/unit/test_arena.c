// SPDX-License-Identifier: BSD-2-Clause
/* test_arena.c - memory that is freed all at once. */
#include "symbolize/arena.h"

#include <string.h>

#include "tests/unit/row.h"

#define LARGE ((size_t)1 << 20) /* more than a block has */

static void memory_is_aligned_apart_and_zero(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 0, 40000, 40000, LARGE, 3, 65536 };
	struct arena arena = { 0 };
	unsigned char *got[ARRAY_SIZE(sizes)];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		got[i] = arena_alloc(&arena, sizes[i]);
		assert_non_null(got[i]);
		assert_int_equal((uintptr_t)got[i] % 16, 0);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(got[i][k], 0);
		memset(got[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(got[i][k], i + 1);
	}
	arena_fini(&arena);
	assert_null(arena.block);
}

static void no_size_wraps(void **state)
{
	struct arena arena = { 0 };

	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(
		arena_alloc(&arena, SIZE_MAX - 15)); /* with the head of a block it would be 0 */
	assert_non_null(arena_alloc(&arena, 1));
	arena_fini(&arena);
}

static void copies_end_in_a_nul(void **state)
{
	struct arena arena = { 0 };

	assert_string_equal(arena_copy(&arena, "name@@V1", 4), "name");
	assert_string_equal(arena_copy(&arena, "", 0), "");
	arena_fini(&arena);
}

/* What one of them had is valid for as long as the other one is. */
static void a_joined_arena_lives_in_the_other(void **state)
{
	static const struct {
		const char *name;
		size_t into_size, from_size; /* 0: nothing was allocated */
	} rows[] = {
		{ "both are empty", 0, 0 },	      { "into an empty one", 0, 100 },
		{ "of an empty one", 100, 0 },	      { "a block each", 100, 100 },
		{ "many blocks each", LARGE, LARGE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena into = { 0 }, from = { 0 };
		char *kept = NULL, *joined = NULL, *next;

		for (size_t k = 0; k < 3 && rows[i].into_size; k++)
			kept = arena_alloc(&into, rows[i].into_size);
		for (size_t k = 0; k < 3 && rows[i].from_size; k++)
			joined = arena_alloc(&from, rows[i].from_size);
		if (kept)
			memset(kept, 'k', rows[i].into_size);
		if (joined)
			memset(joined, 'j', rows[i].from_size);
		arena_join(&into, &from);
		ROW_TRUE(rows[i].name, !from.block && !from.left);
		next = arena_alloc(&into, 100);
		memset(next, 'n', 100);
		ROW_TRUE(rows[i].name, !kept || kept[rows[i].into_size - 1] == 'k');
		ROW_TRUE(rows[i].name, !joined || joined[rows[i].from_size - 1] == 'j');
		arena_fini(&from);
		ROW_TRUE(rows[i].name, !joined || joined[0] == 'j');
		arena_fini(&into);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_aligned_apart_and_zero),
		cmocka_unit_test(no_size_wraps),
		cmocka_unit_test(copies_end_in_a_nul),
		cmocka_unit_test(a_joined_arena_lives_in_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
