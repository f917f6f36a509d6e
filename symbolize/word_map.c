// SPDX-License-Identifier: BSD-2-Clause
/* word_map.c - see word_map.h. */
#include "symbolize/word_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

void word_map_fini(struct word_map *map)
{
	free(map->entries);
	*map = (struct word_map){ 0 };
}

void word_map_clear(struct word_map *map)
{
	if (map->cnt)
		memset(map->entries, 0, map->cap * sizeof(*map->entries));
	map->cnt = 0;
}

static struct word_entry *find(struct word_entry *entries, size_t cap, uint64_t key)
{
	/* In Fibonacci hashing the high bits of the product are the mixed ones. */
	size_t i = (key * 0x9e3779b97f4a7c15ull) >> 32 & (cap - 1);

	while (entries[i].key && entries[i].key != key)
		i = (i + 1) & (cap - 1);
	return &entries[i];
}

static int grow(struct word_map *map)
{
	size_t cap = map->cap ? 2 * map->cap : FIRST_CAP;
	struct word_entry *bigger = calloc(cap, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	for (size_t i = 0; i < map->cap; i++) {
		if (map->entries[i].key)
			*find(bigger, cap, map->entries[i].key) = map->entries[i];
	}
	free(map->entries);
	map->entries = bigger;
	map->cap = cap;
	return 0;
}

int word_map_get(struct word_map *map, uint64_t key, struct word_entry **out)
{
	struct word_entry *entry;

	*out = NULL;
	if (2 * map->cnt >= map->cap && grow(map))
		return -ENOMEM;
	entry = find(map->entries, map->cap, key);
	if (!entry->key) {
		entry->key = key;
		map->cnt++;
	}
	*out = entry;
	return 0;
}
