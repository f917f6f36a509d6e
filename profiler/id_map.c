// SPDX-License-Identifier: BSD-2-Clause
/* id_map.c - see id_map.h. */
#include "profiler/id_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAP_MIN 256

/* Ids come one after the other, and differ in their low bits: multiplied, in the high ones too. */
static size_t first_slot(const struct id_map *map, uint64_t key)
{
	key *= 0x9e3779b97f4a7c15ULL; /* 2^64 / golden ratio */
	return (size_t)(key >> 32 ^ key) & (map->cap - 1);
}

static void put(struct id_map *map, uint64_t key, uint32_t index)
{
	size_t at = first_slot(map, key);

	while (map->slots[at].is_used)
		at = (at + 1) & (map->cap - 1);
	map->slots[at] = (struct id_map_slot){ key, index, true };
}

static int grow(struct id_map *map)
{
	struct id_map bigger = { .cap = map->cap ? 2 * map->cap : CAP_MIN, .cnt = map->cnt };

	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < map->cap; i++) {
		if (map->slots[i].is_used)
			put(&bigger, map->slots[i].key, map->slots[i].index);
	}
	free(map->slots);
	*map = bigger;
	return 0;
}

int id_map_add(struct id_map *map, uint64_t key, uint32_t index)
{
	int err = 2 * (map->cnt + 1) > map->cap ? grow(map) : 0;

	if (err)
		return err;
	put(map, key, index);
	map->cnt++;
	return 0;
}

bool id_map_next(const struct id_map *map, uint64_t key, size_t *at, uint32_t *index)
{
	size_t first = map->cap ? first_slot(map, key) : 0;

	while (map->cap) {
		const struct id_map_slot *slot = &map->slots[(first + *at) & (map->cap - 1)];

		if (!slot->is_used)
			break;
		++*at;
		if (slot->key == key) {
			*index = slot->index;
			return true;
		}
	}
	return false;
}

bool id_map_find(const struct id_map *map, uint64_t key, uint32_t *index)
{
	size_t at = 0;

	return id_map_next(map, key, &at, index);
}

/* Entries behind the hole move up to it, unless it lies before the slot that is their first. */
static void close_hole(struct id_map *map, size_t hole)
{
	size_t mask = map->cap - 1, at = (hole + 1) & mask;

	for (; map->slots[at].is_used; at = (at + 1) & mask) {
		size_t first = first_slot(map, map->slots[at].key);

		if (((at - first) & mask) < ((at - hole) & mask))
			continue;
		map->slots[hole] = map->slots[at];
		hole = at;
	}
	map->slots[hole].is_used = false;
}

void id_map_remove(struct id_map *map, uint64_t key)
{
	uint32_t index;
	size_t at = 0;

	while (id_map_next(map, key, &at, &index)) {
		close_hole(map, (first_slot(map, key) + at - 1) & (map->cap - 1));
		map->cnt--;
		return;
	}
}

void id_map_clear(struct id_map *map)
{
	if (map->cnt)
		memset(map->slots, 0, map->cap * sizeof(*map->slots));
	map->cnt = 0;
}

void id_map_fini(struct id_map *map)
{
	free(map->slots);
	*map = (struct id_map){ 0 };
}
