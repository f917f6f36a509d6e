/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.h - numbers 0..N-1 handed out in runs and taken back: who has which
 * elements of a BPF array.
 *
 * Errors:    0 or a negative errno; -ENOSPC: no free run is long enough.
 * Threads:   the caller locks.
 */
#ifndef PROFILER_TABLES_POOL_H
#define PROFILER_TABLES_POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool_run {
	uint32_t first, cnt;
};

struct pool {
	struct pool_run *free; /* ascending, no two touch unless a border is between */
	size_t free_cnt, free_cap;
	uint32_t border;   /* no run crosses a multiple of this; 0: no borders */
	uint64_t free_sum; /* elements in all free runs */
};

/* An empty pool; pool_give() is how it gets its elements in the first place. */
void pool_init(struct pool *pool, uint32_t border);
void pool_fini(struct pool *pool);

/* The first run of CNT > 0 elements. */
int pool_take(struct pool *pool, uint32_t cnt, uint32_t *first);
int pool_give(struct pool *pool, uint32_t first, uint32_t cnt);

#endif /* PROFILER_TABLES_POOL_H */
