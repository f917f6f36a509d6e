/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * id_map.h - where something is in an array of the caller's, by its id.
 *
 *     uint32_t at;
 *
 *     if (!id_map_find(&by_tid, tid, &at)) {
 *             at = name_cnt++;
 *             err = id_map_add(&by_tid, tid, at);
 *     }
 *     use(names[at]);
 *
 * A key may be there several times: one that is only a hash leads to all entries that have it,
 * among which the caller looks for the one that is meant, by id_map_next().
 *
 * Ownership: id_map_fini(); a map that is all zero is empty.
 * Errors:    0 or -ENOMEM; the map is then as it was.
 * Threads:   no shared state.
 */
#ifndef PROFILER_ID_MAP_H
#define PROFILER_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_map_slot {
	uint64_t key;
	uint32_t index;
	bool is_used;
};

struct id_map {
	struct id_map_slot *slots; /* open addressing; NULL: none yet */
	size_t cap, cnt;	   /* cap: a power of two, at least twice cnt */
};

void id_map_fini(struct id_map *map);

/* Add an entry that leads to INDEX, also if there is one of this key. */
int id_map_add(struct id_map *map, uint64_t key, uint32_t index);

/* The index of the entry that has KEY; false: there is none. */
bool id_map_find(const struct id_map *map, uint64_t key, uint32_t *index);

/* The same for each entry that has KEY: *AT is 0 at first; false: there is no further one. */
bool id_map_next(const struct id_map *map, uint64_t key, size_t *at, uint32_t *index);

/* Remove one entry that has KEY, if there is one. */
void id_map_remove(struct id_map *map, uint64_t key);

/* Remove all entries, and keep the memory. */
void id_map_clear(struct id_map *map);

#endif /* PROFILER_ID_MAP_H */
