// SPDX-License-Identifier: BSD-2-Clause
/* Rows are kept where the program looks for them, in no more memory than was allowed. */
#include "profiler/tables/shards.h"
#include "tests/unit/row.h"
#include "tests/unit/fake_kernel.h"

#include <stdbool.h>

#define SHARD_SIZE ((size_t)UNWIND_SHARD_ROWS * sizeof(struct unwind_row))

static struct unwind_row row_of(uint32_t nr)
{
	return (struct unwind_row){ .pc_lo = (uint16_t)nr, .cfa_off = (int32_t)nr };
}

static void write_rows(struct shards *shards, uint32_t first, uint32_t cnt)
{
	struct unwind_row *rows = shards_rows(shards, first, cnt);

	assert_non_null(rows);
	for (uint32_t i = 0; i < cnt; i++)
		rows[i] = row_of(first + i);
}

static void assert_rows(struct shards *shards, uint32_t first, uint32_t cnt)
{
	const struct unwind_row *rows = shards_rows(shards, first, cnt);

	assert_non_null(rows);
	for (uint32_t i = 0; i < cnt; i++)
		assert_int_equal(rows[i].cfa_off, first + i);
}

/* So many that no window shows all of them, and a shard does not hold them. */
static void rows_are_where_they_were_written(void **state)
{
	static const uint32_t cnt = 9000, run_cnt = 60;
	static const bool by_program[] = { false, true };
	uint32_t firsts[60];
	struct shards *shards;

	for (size_t i = 0; i < ARRAY_SIZE(by_program); i++) {
		const struct kernel_tables *kernel = fake_kernel_open();

		assert_int_equal(shards_open(by_program[i] ? kernel->shards : -1, 3 * SHARD_SIZE,
					     &shards),
				 0);
		assert_int_equal(shards_bytes(shards), 0);
		for (uint32_t run = 0; run < run_cnt; run++) {
			assert_int_equal(shards_take(shards, cnt, &firsts[run]), 0);
			write_rows(shards, firsts[run], cnt);
		}
		assert_int_equal(shards_bytes(shards), 3 * SHARD_SIZE);
		for (uint32_t run = 0; run < run_cnt; run++) {
			assert_rows(shards, firsts[run], cnt);
			assert_rows(shards, firsts[run] + 17, 5);
		}
		for (uint32_t run = 0; run < run_cnt && by_program[i]; run++) {
			struct unwind_row row;

			fake_read(fake_kernel.shards[firsts[run] >> UNWIND_SHARD_BITS],
				  firsts[run] & (UNWIND_SHARD_ROWS - 1), &row, sizeof(row));
			assert_int_equal(row.cfa_off, firsts[run]);
		}
		shards_close(shards);
		fake_kernel_close();
	}
}

static void no_more_memory_than_allowed(void **state)
{
	static const struct {
		const char *name;
		size_t mem_max;
		uint32_t shard_cnt;
	} rows[] = {
		{ "none", 0, 0 },
		{ "less than a shard", SHARD_SIZE - 1, 0 },
		{ "one", SHARD_SIZE, 1 },
		{ "two and a half", SHARD_SIZE * 5 / 2, 2 },
	};
	struct shards *shards;
	uint32_t first;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ROW_EQUAL(rows[i].name, shards_open(-1, rows[i].mem_max, &shards), 0);
		for (uint32_t nr = 0; nr < rows[i].shard_cnt; nr++)
			ROW_EQUAL(rows[i].name, shards_take(shards, UNWIND_SHARD_ROWS, &first), 0);
		ROW_EQUAL(rows[i].name, shards_take(shards, 1, &first), -ENOSPC);
		if (rows[i].shard_cnt) {
			shards_give(shards, 100, 10);
			ROW_EQUAL(rows[i].name, shards_take(shards, 10, &first), 0);
			ROW_EQUAL(rows[i].name, first, 100);
		}
		shards_close(shards);
	}
	shards_close(NULL);
}

static void a_map_that_is_refused_is_plain_memory(void **state)
{
	const struct kernel_tables *kernel = fake_kernel_open();
	struct shards *shards;
	uint32_t mapped, plain;

	assert_int_equal(shards_open(kernel->shards, 3 * SHARD_SIZE, &shards), 0);
	assert_int_equal(shards_take(shards, UNWIND_SHARD_ROWS, &mapped), 0);
	assert_int_equal(shards_map_err(shards), 0);
	fake_kernel.refuse = EPERM;
	assert_int_equal(shards_take(shards, 10, &plain), 0);
	assert_int_equal(shards_map_err(shards), -EPERM);
	write_rows(shards, mapped, 10);
	write_rows(shards, plain, 10);
	assert_rows(shards, mapped, 10);
	assert_rows(shards, plain, 10);
	assert_true(shards_mapped(shards, mapped));
	assert_false(shards_mapped(shards, plain));
	assert_int_equal(shards_bytes(shards), 2 * SHARD_SIZE);
	assert_int_equal(shards_take(shards, UNWIND_SHARD_ROWS, &plain), 0);
	assert_int_equal(shards_take(shards, UNWIND_SHARD_ROWS, &plain), -ENOSPC);
	shards_close(shards);
	fake_kernel_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_where_they_were_written),
		cmocka_unit_test(no_more_memory_than_allowed),
		cmocka_unit_test(a_map_that_is_refused_is_plain_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
