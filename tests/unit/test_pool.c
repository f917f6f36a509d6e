// SPDX-License-Identifier: BSD-2-Clause
/* Runs of a pool: taken, given back, joined, and never across a border. */
#include "profiler/tables/pool.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define SIZE 64

static void an_empty_pool_has_nothing_to_give(void **state)
{
	struct pool pool;
	uint32_t first;

	pool_init(&pool, 0);
	assert_int_equal(pool_take(&pool, 1, &first), -ENOSPC);
	pool_fini(&pool);
}

static void runs_that_come_back_are_joined(void **state)
{
	/* The order in which three neighbours of 10 come back. */
	static const int orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 },
					 { 1, 2, 0 }, { 0, 2, 1 }, { 2, 0, 1 } };

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct pool pool;
		uint32_t first[3], whole;

		pool_init(&pool, 0);
		assert_int_equal(pool_give(&pool, 0, 30), 0);
		for (int j = 0; j < 3; j++)
			assert_int_equal(pool_take(&pool, 10, &first[j]), 0);
		assert_int_equal(pool_take(&pool, 1, &whole), -ENOSPC);
		for (int j = 0; j < 3; j++)
			assert_int_equal(pool_give(&pool, first[orders[i][j]], 10), 0);
		assert_int_equal(pool.free_cnt, 1);
		assert_int_equal(pool_take(&pool, 30, &whole), 0);
		assert_int_equal(whole, 0);
		pool_fini(&pool);
	}
}

static void no_run_crosses_a_border(void **state)
{
	struct pool pool;
	uint32_t first;

	pool_init(&pool, 16);
	assert_int_equal(pool_give(&pool, 0, 16), 0);
	assert_int_equal(pool_give(&pool, 16, 16), 0);
	assert_int_equal(pool_take(&pool, 17, &first), -ENOSPC);
	assert_int_equal(pool_take(&pool, 10, &first), 0);
	assert_int_equal(first, 0);
	assert_int_equal(pool_take(&pool, 10, &first), 0);
	assert_int_equal(first, 16);
	pool_fini(&pool);
}

/* Any order of takes and gives: no element is handed out twice, none is lost. */
static void every_element_has_one_owner(void **state)
{
	struct pool pool;
	uint32_t firsts[SIZE], cnts[SIZE], run_cnt = 0, seed = 1;
	uint8_t owned[SIZE] = { 0 };

	pool_init(&pool, 16);
	for (uint32_t first = 0; first < SIZE; first += 16)
		assert_int_equal(pool_give(&pool, first, 16), 0);
	for (int round = 0; round < 20000; round++) {
		uint32_t cnt;

		seed = seed * 1103515245 + 12345;
		cnt = (seed >> 16) % 6 + 1;
		if (run_cnt < SIZE && seed >> 31 && !pool_take(&pool, cnt, &firsts[run_cnt])) {
			assert_int_equal(firsts[run_cnt] / 16, (firsts[run_cnt] + cnt - 1) / 16);
			for (uint32_t i = 0; i < cnt; i++)
				assert_int_equal(owned[firsts[run_cnt] + i]++, 0);
			cnts[run_cnt++] = cnt;
		} else if (run_cnt) {
			uint32_t victim = (seed >> 8) % run_cnt;

			for (uint32_t i = 0; i < cnts[victim]; i++)
				owned[firsts[victim] + i]--;
			assert_int_equal(pool_give(&pool, firsts[victim], cnts[victim]), 0);
			firsts[victim] = firsts[--run_cnt];
			cnts[victim] = cnts[run_cnt];
		}
	}
	while (run_cnt--)
		assert_int_equal(pool_give(&pool, firsts[run_cnt], cnts[run_cnt]), 0);
	assert_int_equal(pool.free_sum, SIZE);
	assert_int_equal(pool.free_cnt, SIZE / 16);
	pool_fini(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_pool_has_nothing_to_give),
		cmocka_unit_test(runs_that_come_back_are_joined),
		cmocka_unit_test(no_run_crosses_a_border),
		cmocka_unit_test(every_element_has_one_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
