// SPDX-License-Identifier: BSD-2-Clause
/* pool.c - see pool.h. */
#include "profiler/tables/pool.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/array.h"

void pool_init(struct pool *pool, uint32_t border)
{
	*pool = (struct pool){ .border = border };
}

void pool_fini(struct pool *pool)
{
	free(pool->free);
	*pool = (struct pool){ 0 };
}

static void remove_run(struct pool *pool, size_t i)
{
	pool->free_cnt--;
	memmove(&pool->free[i], &pool->free[i + 1], (pool->free_cnt - i) * sizeof(*pool->free));
}

int pool_take(struct pool *pool, uint32_t cnt, uint32_t *first)
{
	for (size_t i = 0; i < pool->free_cnt; i++) {
		struct pool_run *run = &pool->free[i];

		if (run->cnt < cnt)
			continue;
		*first = run->first;
		run->first += cnt;
		run->cnt -= cnt;
		pool->free_sum -= cnt;
		if (!run->cnt)
			remove_run(pool, i);
		return 0;
	}
	return -ENOSPC;
}

static bool joins(const struct pool *pool, const struct pool_run *a, const struct pool_run *b)
{
	return a->first + a->cnt == b->first && (!pool->border || b->first % pool->border);
}

static int insert_run(struct pool *pool, size_t i, struct pool_run run)
{
	int err = array_reserve(&pool->free, sizeof(*pool->free), &pool->free_cap,
				pool->free_cnt + 1);

	if (err)
		return err;
	memmove(&pool->free[i + 1], &pool->free[i], (pool->free_cnt - i) * sizeof(*pool->free));
	pool->free[i] = run;
	pool->free_cnt++;
	return 0;
}

int pool_give(struct pool *pool, uint32_t first, uint32_t cnt)
{
	struct pool_run run = { first, cnt };
	size_t lo = 0, hi = pool->free_cnt;
	int err;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (pool->free[mid].first < first)
			lo = mid + 1;
		else
			hi = mid;
	}
	err = insert_run(pool, lo, run);
	if (err)
		return err;
	pool->free_sum += cnt;
	if (lo + 1 < pool->free_cnt && joins(pool, &pool->free[lo], &pool->free[lo + 1])) {
		pool->free[lo].cnt += pool->free[lo + 1].cnt;
		remove_run(pool, lo + 1);
	}
	if (lo > 0 && joins(pool, &pool->free[lo - 1], &pool->free[lo])) {
		pool->free[lo - 1].cnt += pool->free[lo].cnt;
		remove_run(pool, lo);
	}
	return 0;
}
