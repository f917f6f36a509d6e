/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shards.h - the memory of unwind rows: BPF arrays of one size, made as they are
 * needed and hung into the array of maps that the BPF program looks them up in.
 *
 * Units:     a row's number is shard << UNWIND_SHARD_BITS | index in the shard.
 * Ownership: shards_close().
 * Errors:    0 or a negative errno; -ENOSPC: over the memory cap.
 * Threads:   the caller locks.
 */
#ifndef PROFILER_TABLES_SHARDS_H
#define PROFILER_TABLES_SHARDS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/unwind.h"

struct shards;

/* MAP_FD is the array of maps, -1: plain memory will do.  Rows take MEM_MAX bytes at the most. */
int shards_open(int map_fd, size_t mem_max, struct shards **out);
void shards_close(struct shards *shards); /* NULL is fine */

/* Take CNT rows in a row, all in one shard. */
int shards_take(struct shards *shards, uint32_t cnt, uint32_t *first);
void shards_give(struct shards *shards, uint32_t first, uint32_t cnt);

/*
 * The CNT rows from FIRST on, all of one shards_take(), to be read or written until the next
 * call; NULL: there is no memory to show them.
 */
struct unwind_row *shards_rows(struct shards *shards, uint32_t first, uint32_t cnt);

/* Can the program read the rows of the shards_take() that gave FIRST? */
bool shards_mapped(const struct shards *shards, uint32_t first);

/* Why the kernel refused a map, so that rows are kept in plain memory since; 0: it did not. */
int shards_map_err(const struct shards *shards);

size_t shards_bytes(const struct shards *shards);

#endif /* PROFILER_TABLES_SHARDS_H */
