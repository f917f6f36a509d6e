// SPDX-License-Identifier: BSD-2-Clause
/* pieces.c - see pieces.h. */
#include "profiler/recording/pieces.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PIECE	    512u /* a smaller one shares more, and takes more to be found */
#define BUCKETS_MIN 1024
#define CHAIN_MAX   8 /* the stacks are others': what they make collide is not shared */
#define LANES	    4 /* multiplications that do not wait for each other */

struct piece {
	uint64_t hash;
	struct piece *next,
		**from; /* the next one of its bucket, and the pointer that leads here */
	uint32_t users, size;
	uint8_t bytes[];
};

struct kept_stack {
	size_t skip; /* bytes from the begin of the first piece to sp */
	size_t cnt;
	struct piece *pieces[];
};

struct pieces {
	struct piece **buckets;
	size_t mask, cnt, size;
};

static uint64_t hash_of(const uint8_t *bytes, size_t size)
{
	uint64_t lanes[LANES] = { size }, word;
	size_t at = 0;

	for (int lane = 0; at + sizeof(word) <= size; at += sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		lanes[lane] =
			(lanes[lane] ^ word) * 0x9e3779b97f4a7c15ULL; /* 2^64 / golden ratio */
		lanes[lane] ^= lanes[lane] >> 29;
		lane = (lane + 1) % LANES;
	}
	for (; at < size; at++)
		lanes[0] = (lanes[0] ^ bytes[at]) * 0x9e3779b97f4a7c15ULL;
	for (int lane = 1; lane < LANES; lane++)
		lanes[0] = (lanes[0] ^ lanes[lane]) * 0xff51afd7ed558ccdULL; /* of MurmurHash3 */
	return lanes[0] ^ lanes[0] >> 33;
}

static void link_piece(struct pieces *p, struct piece *piece)
{
	struct piece **bucket = &p->buckets[piece->hash & p->mask];

	piece->next = *bucket;
	piece->from = bucket;
	if (piece->next)
		piece->next->from = &piece->next;
	*bucket = piece;
}

/* Double the buckets.  Without memory for them the chains stay longer. */
static void grow(struct pieces *p)
{
	size_t old_cnt = p->mask + 1;
	struct piece **old = p->buckets, *piece, *next;

	p->buckets = calloc(old_cnt * 2, sizeof(struct piece *));
	if (!p->buckets) {
		p->buckets = old;
		return;
	}
	p->mask = old_cnt * 2 - 1;
	for (size_t i = 0; i < old_cnt; i++) {
		for (piece = old[i]; piece; piece = next) {
			next = piece->next;
			link_piece(p, piece);
		}
	}
	free(old);
}

static struct piece *find(const struct pieces *p, uint64_t hash, const uint8_t *bytes, size_t size)
{
	struct piece *piece = p->buckets[hash & p->mask];

	for (int i = 0; piece && i < CHAIN_MAX; i++, piece = piece->next) {
		if (piece->hash == hash && piece->size == size &&
		    !memcmp(piece->bytes, bytes, size))
			return piece;
	}
	return NULL;
}

static struct piece *use_piece(struct pieces *p, const uint8_t *bytes, size_t size)
{
	uint64_t hash = hash_of(bytes, size);
	struct piece *piece = find(p, hash, bytes, size);

	if (!piece) {
		piece = malloc(sizeof(*piece) + size);
		if (!piece)
			return NULL;
		*piece = (struct piece){ .hash = hash, .size = (uint32_t)size };
		memcpy(piece->bytes, bytes, size);
		link_piece(p, piece);
		p->size += sizeof(*piece) + size;
		if (++p->cnt > p->mask)
			grow(p);
	}
	piece->users++;
	return piece;
}

static void leave_piece(struct pieces *p, struct piece *piece)
{
	if (--piece->users)
		return;
	*piece->from = piece->next;
	if (piece->next)
		piece->next->from = piece->from;
	p->size -= sizeof(*piece) + piece->size;
	p->cnt--;
	free(piece);
}

static size_t size_of(const struct kept_stack *stack)
{
	return sizeof(*stack) + stack->cnt * sizeof(stack->pieces[0]);
}

int pieces_keep(struct pieces *p, uint64_t sp, const uint8_t *bytes, size_t size,
		struct kept_stack **out)
{
	size_t skip = sp & (PIECE - 1), cnt = size ? (skip + size + PIECE - 1) / PIECE : 0;
	struct kept_stack *stack = malloc(sizeof(*stack) + cnt * sizeof(stack->pieces[0]));
	size_t len = PIECE - skip;

	*out = NULL;
	if (!stack)
		return -ENOMEM;
	*stack = (struct kept_stack){ .skip = skip };
	p->size += sizeof(*stack);
	for (; stack->cnt < cnt; stack->cnt++) {
		if (len > size)
			len = size;
		stack->pieces[stack->cnt] = use_piece(p, bytes, len);
		if (!stack->pieces[stack->cnt]) {
			pieces_drop(p, stack);
			return -ENOMEM;
		}
		p->size += sizeof(stack->pieces[0]);
		bytes += len;
		size -= len;
		len = PIECE;
	}
	*out = stack;
	return 0;
}

void pieces_drop(struct pieces *p, struct kept_stack *stack)
{
	if (!stack)
		return;
	p->size -= size_of(stack);
	while (stack->cnt)
		leave_piece(p, stack->pieces[--stack->cnt]);
	free(stack);
}

void kept_stack_read(const struct kept_stack *stack, size_t off, void *dst, size_t size)
{
	char *to = dst;

	for (off += stack->skip; size;) {
		size_t nr = off / PIECE, within = off % PIECE, len = PIECE - within;

		if (!nr)
			within -= stack->skip;
		if (len > size)
			len = size;
		memcpy(to, stack->pieces[nr]->bytes + within, len);
		to += len;
		off += len;
		size -= len;
	}
}

size_t pieces_size(const struct pieces *p)
{
	return p->size;
}

int pieces_new(struct pieces **out)
{
	struct pieces *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (p)
		p->buckets = calloc(BUCKETS_MIN, sizeof(struct piece *));
	if (!p || !p->buckets) {
		pieces_free(p);
		return -ENOMEM;
	}
	p->mask = BUCKETS_MIN - 1;
	*out = p;
	return 0;
}

void pieces_free(struct pieces *p)
{
	if (p)
		free(p->buckets);
	free(p);
}
