// SPDX-License-Identifier: BSD-2-Clause
/* names.c - a hash table of names, and the chunks that hold their bytes. */
#include "flamegraph/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE     (64 * 1024)	     /* bytes of a piece of memory for names */
#define FIRST_SLOT_CNT 1024		     /* a power of two */
#define HASH_A	       0x9fb21c651e98df25ULL /* odd, with as many ones as zeros */
#define HASH_B	       0xc3a5c85c97cb3127ULL /* another one */

_Static_assert((FIRST_SLOT_CNT & (FIRST_SLOT_CNT - 1)) == 0, "masks need powers of two");

/* Names live in a list of chunks: they must not move, frames point at them. */
struct name_chunk {
	struct name_chunk *next;
	char bytes[];
};

struct name_slot {
	uint32_t hash;
	uint32_t frame; /* number + 1; 0 if the slot is empty */
};

static uint64_t load8(const char *s)
{
	uint64_t word;

	memcpy(&word, s, sizeof(word));
	return word;
}

static uint64_t load4(const char *s)
{
	uint32_t word;

	memcpy(&word, s, sizeof(word));
	return word;
}

/* Load up to 16 bytes into two words, which overlap where there are fewer. */
static void load_short(const char *s, size_t len, uint64_t *a, uint64_t *b)
{
	if (len >= 8) {
		*a = load8(s);
		*b = load8(s + len - 8);
	} else if (len >= 4) {
		*a = load4(s);
		*b = load4(s + len - 4);
	} else {
		*a = len ? (unsigned char)s[0] << 16 | (unsigned char)s[len / 2] << 8 : 0;
		*b = len ? (unsigned char)s[len - 1] : 0;
	}
}

uint64_t name_hash(uint64_t seed, const char *name, size_t len, enum frame_kind kind)
{
	uint64_t hash = seed ^ ((uint64_t)len << 8 | kind) * HASH_B, a, b;

	for (; len > 16; len -= 16, name += 16)
		hash = hash_fold(load8(name) ^ HASH_A, load8(name + 8) ^ hash);
	load_short(name, len, &a, &b);
	return hash_fold(hash_fold(a ^ HASH_A, b ^ hash), HASH_B);
}

/* Copy NAME to where it lives as long as the table; NULL without memory. */
static char *keep_name(struct names *n, const char *name, size_t len)
{
	char *copy;

	if (len + 1 > n->left) {
		size_t size = len + 1 > CHUNK_SIZE ? len + 1 : CHUNK_SIZE;
		struct name_chunk *chunk = malloc(sizeof(*chunk) + size);

		if (!chunk)
			return NULL;
		chunk->next = n->chunks;
		n->chunks = chunk;
		n->next = chunk->bytes;
		n->left = size;
	}
	copy = n->next;
	memcpy(copy, name, len);
	copy[len] = '\0';
	n->next += len + 1;
	n->left -= len + 1;
	return copy;
}

static int grow_slots(struct names *n)
{
	uint64_t slot_cnt = ((uint64_t)n->mask + 1) * 2;
	struct name_slot *slots;

	if (slot_cnt > UINT32_MAX)
		return -EOVERFLOW;
	slots = calloc(slot_cnt, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i <= n->mask; i++) {
		uint32_t at = n->slots[i].hash;

		if (!n->slots[i].frame)
			continue;
		while (slots[at & (slot_cnt - 1)].frame)
			at++;
		slots[at & (slot_cnt - 1)] = n->slots[i];
	}
	free(n->slots);
	n->slots = slots;
	n->mask = slot_cnt - 1;
	return 0;
}

static int grow_frames(struct names *n)
{
	uint32_t want = n->cap ? n->cap * 2 : FIRST_SLOT_CNT;
	struct frame *frames;
	uint64_t *hashes;

	if (n->cap > UINT32_MAX / 2)
		return -EOVERFLOW;
	frames = reallocarray(n->frames, want, sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	n->frames = frames;
	hashes = reallocarray(n->hashes, want, sizeof(*hashes));
	if (!hashes)
		return -ENOMEM;
	n->hashes = hashes;
	n->cap = want;
	return 0;
}

/* Find the slot that holds the frame, or the empty one where it belongs. */
static struct name_slot *find_slot(const struct names *n, uint32_t hash, const char *name,
				   size_t name_len, enum frame_kind kind)
{
	for (uint32_t at = hash;; at++) {
		struct name_slot *slot = &n->slots[at & n->mask];
		const struct frame *frame;

		if (!slot->frame)
			return slot;
		if (slot->hash != hash)
			continue;
		frame = &n->frames[slot->frame - 1];
		if (frame->name_len == name_len && frame->kind == kind &&
		    !memcmp(frame->name, name, name_len))
			return slot;
	}
}

int names_add(struct names *n, const char *name, size_t name_len, enum frame_kind kind,
	      uint64_t hash, uint32_t *frame)
{
	uint32_t short_hash = hash >> 32;
	struct name_slot *slot;
	char *copy;
	int err = 0;

	*frame = 0;
	if (name_len >= UINT32_MAX)
		return -EOVERFLOW;
	slot = find_slot(n, short_hash, name, name_len, kind);
	if (slot->frame) {
		*frame = slot->frame - 1;
		return 0;
	}
	if (n->cnt >= n->mask / 2) {
		err = grow_slots(n);
		slot = find_slot(n, short_hash, name, name_len, kind);
	}
	if (!err && n->cnt == n->cap)
		err = grow_frames(n);
	if (err)
		return err;
	copy = keep_name(n, name, name_len);
	if (!copy)
		return -ENOMEM;

	*frame = n->cnt++;
	n->frames[*frame] = (struct frame){ copy, name_len, kind };
	n->hashes[*frame] = hash;
	*slot = (struct name_slot){ short_hash, n->cnt };
	return 0;
}

int names_init(struct names *n)
{
	*n = (struct names){ .mask = FIRST_SLOT_CNT - 1 };
	n->slots = calloc(FIRST_SLOT_CNT, sizeof(*n->slots));
	return n->slots ? 0 : -ENOMEM;
}

void names_fini(struct names *n)
{
	while (n->chunks) {
		struct name_chunk *next = n->chunks->next;

		free(n->chunks);
		n->chunks = next;
	}
	free(n->frames);
	free(n->hashes);
	free(n->slots);
}
