/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names.h - the frames of a profile, each once.  It is private to profile.c.
 *
 * Ownership: the caller owns the struct, the struct its names; they never move.
 * Errors:    0 or a negative errno; the table is then as it was before.
 */
#ifndef FLAMEGRAPH_NAMES_H
#define FLAMEGRAPH_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "flamegraph/frame.h"

struct name_chunk;
struct name_slot;

struct names {
	struct frame *frames;
	uint64_t *hashes; /* name_hash() of each frame */
	uint32_t cnt, cap;
	struct name_slot *slots;
	uint32_t mask; /* how many slots there are, less 1 */
	struct name_chunk *chunks;
	char *next; /* free bytes of the newest chunk */
	size_t left;
};

/* Whether it fails or not, names_fini() is due. */
int names_init(struct names *n);
void names_fini(struct names *n);

/* Find or add the frame; HASH is its name_hash().  Fails with -ENOMEM or -EOVERFLOW. */
int names_add(struct names *n, const char *name, size_t name_len, enum frame_kind kind,
	      uint64_t hash, uint32_t *frame);

/* Fold the product of 128 bits, of which every bit depends on all bits of both. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* SEED is a secret of the profile, so that nobody can prepare names that collide. */
uint64_t name_hash(uint64_t seed, const char *name, size_t len, enum frame_kind kind);

#endif /* FLAMEGRAPH_NAMES_H */
