/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * word_map.h - a hash table from words to pointers.
 *
 * A thing with a longer key than a word is found by a word made of its key: the value is
 * then a list of the things that share the word, which the caller compares and links.
 *
 * Ownership: keys and values are the caller's.
 * Errors:    -ENOMEM.
 * Threads:   one map, one thread.
 */
#ifndef SYMBOLIZE_WORD_MAP_H
#define SYMBOLIZE_WORD_MAP_H

#include <stddef.h>
#include <stdint.h>

struct word_entry {
	uint64_t key; /* 0 if the entry is empty */
	const void *value;
};

/* A map of zeros is an empty one. */
struct word_map {
	struct word_entry *entries;
	size_t cnt, cap; /* cap is a power of two */
};

void word_map_fini(struct word_map *map);

/* Forget the entries, keep the memory. */
void word_map_clear(struct word_map *map);

/*
 * Find the entry of KEY, which is not 0, or make one with the value NULL.  The entry is
 * valid until the next call.
 */
int word_map_get(struct word_map *map, uint64_t key, struct word_entry **out);

#endif /* SYMBOLIZE_WORD_MAP_H */
