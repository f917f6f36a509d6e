/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * word_map.h - a small hash table from words to pointers.
 *
 * Ownership: keys and values are the caller's.
 * Errors:    -ENOMEM.
 */
#ifndef SYMBOLIZE_WORD_MAP_H
#define SYMBOLIZE_WORD_MAP_H

#include <stddef.h>
#include <stdint.h>

/* A map of zeros is an empty one. */
struct word_map {
	struct word_entry {
		uint64_t key; /* never 0 */
		const void *value;
	} * entries;
	size_t cnt, cap; /* cap: a power of two */
};

void word_map_fini(struct word_map *map);

/* Forget the entries, keep the memory. */
void word_map_clear(struct word_map *map);

/* The entry of KEY, which is not 0; a new one has the value NULL.  Valid until the next call. */
int word_map_get(struct word_map *map, uint64_t key, struct word_entry **out);

#endif /* SYMBOLIZE_WORD_MAP_H */
