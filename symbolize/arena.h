/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena.h - memory that is freed all at once: names, answers, frames.
 *
 * Ownership: everything allocated lives until arena_fini().
 * Errors:    NULL when memory runs out.
 * Threads:   one arena, one thread.
 */
#ifndef SYMBOLIZE_ARENA_H
#define SYMBOLIZE_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *block; /* the one that is filled; older ones are linked behind it */
	size_t left;		   /* bytes free at its end */
};

/* An arena of zeros is an empty one. */
void arena_fini(struct arena *arena);

/* Allocate SIZE bytes of zeros, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);

/* Give all that FROM holds to INTO; FROM is empty then. */
void arena_join(struct arena *into, struct arena *from);

/* Make a NUL-terminated copy of LEN bytes of TEXT. */
char *arena_copy(struct arena *arena, const char *text, size_t len);

#endif /* SYMBOLIZE_ARENA_H */
