// SPDX-License-Identifier: BSD-2-Clause
/*
 * profile.c - two hash tables: names to frames, paths to nodes.
 *
 * A node is found by the hash of its whole path, not of (parent, frame): the
 * hashes of all nodes of a stack are then known before the first look-up ends,
 * and the cache misses of profile_walk() overlap instead of adding up.
 */
#include "flamegraph/profile.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE (64 * 1024)	/* names are kept in pieces of this size */
#define FIRST_SLOT_CNT 1024	/* of either table; a power of two */
#define WALK_CNT 64		/* look-ups in flight: a stack's usual depth */
#define HASH_MUL 0x9fb21c651e98df25ULL	/* odd, with as many ones as zeros */

static const char no_name[] = "[unknown]";

/* Names live in a list of chunks: they must not move, frames point at them. */
struct chunk {
	struct chunk *next;
	char bytes[];
};

struct frame_slot {
	uint32_t hash;
	uint32_t frame;		/* + 1; 0: empty */
};

/* Holds its key, so that a look-up costs one cache miss and not a second one in the node. */
struct node_slot {
	uint32_t parent;
	uint32_t frame;
	uint32_t node;		/* 0, the root, is looked up by nobody: empty */
};

struct profile {
	struct frame *frames;
	uint32_t frame_cnt, frame_room;
	struct frame_slot *frame_slots;
	uint32_t frame_mask;	/* slots - 1 */

	struct profile_node *nodes;
	uint32_t node_cnt, node_room;
	struct node_slot *node_slots;
	uint32_t node_mask;

	struct chunk *chunks;
	size_t chunk_left;	/* bytes free at chunk_next */
	char *chunk_next;

	double weight;
	uint32_t depth;
};

_Static_assert(sizeof(struct profile_node) == 32, "a million stacks are millions of nodes");
_Static_assert((FIRST_SLOT_CNT & (FIRST_SLOT_CNT - 1)) == 0, "masks need powers of two");

/* Grow ARRAY so that one more item fits.  Indices are 32 bits wide. */
static int make_room(void **array, uint32_t cnt, uint32_t *room, size_t item_size)
{
	uint64_t want = *room ? (uint64_t)*room * 2 : FIRST_SLOT_CNT;
	void *grown;

	if (cnt < *room)
		return 0;
	if (want > UINT32_MAX)
		want = UINT32_MAX;
	if (want <= cnt)
		return -EOVERFLOW;
	grown = reallocarray(*array, want, item_size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*room = want;
	return 0;
}

/* Half of the slots stay empty: measured 25 % faster than a quarter. */
static bool is_crowded(uint32_t cnt, uint32_t mask)
{
	return cnt >= mask / 2;
}

static uint64_t load_bytes(const char *s, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word = word << 8 | (unsigned char)s[i];
	return word;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * HASH_MUL;
	return hash ^ hash >> 29;
}

static uint32_t hash_name(const char *name, size_t len, enum frame_kind kind)
{
	uint64_t hash = (uint64_t)len << 8 | kind, word;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&word, name + i, 8);
		hash = mix(hash, word);
	}
	if (i < len && len >= 8) {	/* the last word overlaps the one before it */
		memcpy(&word, name + len - 8, 8);
		hash = mix(hash, word);
	} else if (i < len) {
		hash = mix(hash, load_bytes(name, len));
	}
	return mix(hash, 0) >> 32;
}

static uint32_t hash_path(uint32_t parent_hash, uint32_t frame)
{
	return mix(mix(0, (uint64_t)parent_hash << 32 | frame), 0) >> 32;
}

/* A copy of NAME that lives as long as the profile, or NULL. */
static char *keep_name(struct profile *p, const char *name, size_t len)
{
	char *copy;

	if (len + 1 > p->chunk_left) {
		size_t size = len + 1 > CHUNK_SIZE ? len + 1 : CHUNK_SIZE;
		struct chunk *chunk = malloc(sizeof(*chunk) + size);

		if (!chunk)
			return NULL;
		chunk->next = p->chunks;
		p->chunks = chunk;
		p->chunk_next = chunk->bytes;
		p->chunk_left = size;
	}
	copy = p->chunk_next;
	memcpy(copy, name, len);
	copy[len] = '\0';
	p->chunk_next += len + 1;
	p->chunk_left -= len + 1;
	return copy;
}

static int grow_frame_slots(struct profile *p)
{
	uint64_t slot_cnt = ((uint64_t)p->frame_mask + 1) * 2;
	struct frame_slot *slots;

	if (slot_cnt > UINT32_MAX)
		return -EOVERFLOW;
	slots = calloc(slot_cnt, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i <= p->frame_mask; i++) {
		uint32_t at = p->frame_slots[i].hash;

		if (!p->frame_slots[i].frame)
			continue;
		while (slots[at & (slot_cnt - 1)].frame)
			at++;
		slots[at & (slot_cnt - 1)] = p->frame_slots[i];
	}
	free(p->frame_slots);
	p->frame_slots = slots;
	p->frame_mask = slot_cnt - 1;
	return 0;
}

/* The slot that holds the frame, or the empty one where it belongs. */
static struct frame_slot *find_frame(const struct profile *p, uint32_t hash, const char *name,
				     size_t name_len, enum frame_kind kind)
{
	for (uint32_t at = hash;; at++) {
		struct frame_slot *slot = &p->frame_slots[at & p->frame_mask];
		const struct frame *frame;

		if (!slot->frame)
			return slot;
		if (slot->hash != hash)
			continue;
		frame = &p->frames[slot->frame - 1];
		if (frame->name_len == name_len && frame->kind == kind &&
		    !memcmp(frame->name, name, name_len))
			return slot;
	}
}

int profile_frame(struct profile *p, const char *name, size_t name_len, enum frame_kind kind,
		  uint32_t *frame)
{
	struct frame_slot *slot;
	uint32_t hash;
	char *copy;
	int err;

	*frame = 0;
	if (!name_len) {
		name = no_name;
		name_len = sizeof(no_name) - 1;
	}
	if (name_len >= UINT32_MAX)
		return -EOVERFLOW;

	hash = hash_name(name, name_len, kind);
	slot = find_frame(p, hash, name, name_len, kind);
	if (slot->frame) {
		*frame = slot->frame - 1;
		return 0;
	}
	if (is_crowded(p->frame_cnt, p->frame_mask)) {
		err = grow_frame_slots(p);
		if (err)
			return err;
		slot = find_frame(p, hash, name, name_len, kind);
	}
	err = make_room((void **)&p->frames, p->frame_cnt, &p->frame_room, sizeof(*p->frames));
	if (err)
		return err;
	copy = keep_name(p, name, name_len);
	if (!copy)
		return -ENOMEM;

	*frame = p->frame_cnt++;
	p->frames[*frame] = (struct frame){ copy, name_len, kind };
	*slot = (struct frame_slot){ hash, p->frame_cnt };
	return 0;
}

/* The slot that holds the node, or the empty one where it belongs. */
static struct node_slot *find_node(const struct profile *p, uint32_t hash, uint32_t parent,
				   uint32_t frame)
{
	for (uint32_t at = hash;; at++) {
		struct node_slot *slot = &p->node_slots[at & p->node_mask];

		if (!slot->node || (slot->frame == frame && slot->parent == parent))
			return slot;
	}
}

/* In place: two tables at once would be the profile's highest use of memory. */
static int grow_node_slots(struct profile *p)
{
	uint64_t slot_cnt = ((uint64_t)p->node_mask + 1) * 2;
	struct node_slot *slots;

	if (slot_cnt > UINT32_MAX)
		return -EOVERFLOW;
	slots = reallocarray(p->node_slots, slot_cnt, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	memset(slots, 0, slot_cnt * sizeof(*slots));
	p->node_slots = slots;
	p->node_mask = slot_cnt - 1;
	for (uint32_t i = PROFILE_ROOT + 1; i < p->node_cnt; i++) {
		const struct profile_node *node = &p->nodes[i];

		*find_node(p, node->hash, node->parent, node->frame) =
			(struct node_slot){ node->parent, node->frame, i };
	}
	return 0;
}

static int add_node(struct profile *p, uint32_t hash, uint32_t parent, uint32_t frame,
		    uint32_t *node)
{
	uint32_t depth = p->nodes[parent].depth + 1;
	int err;

	if (depth > PROFILE_MAX_DEPTH)
		return -ENOSPC;
	if (is_crowded(p->node_cnt, p->node_mask)) {
		err = grow_node_slots(p);
		if (err)
			return err;
	}
	err = make_room((void **)&p->nodes, p->node_cnt, &p->node_room, sizeof(*p->nodes));
	if (err)
		return err;

	*node = p->node_cnt++;
	p->nodes[*node] = (struct profile_node){
		.parent = parent,
		.frame = frame,
		.hash = hash,
		.depth = depth,
		.sibling = p->nodes[parent].child,
	};
	p->nodes[parent].child = *node;
	*find_node(p, hash, parent, frame) = (struct node_slot){ parent, frame, *node };
	if (depth > p->depth)
		p->depth = depth;
	return 0;
}

int profile_child(struct profile *p, uint32_t parent, uint32_t frame, uint32_t *node)
{
	uint32_t hash = hash_path(p->nodes[parent].hash, frame);

	*node = find_node(p, hash, parent, frame)->node;
	return *node ? 0 : add_node(p, hash, parent, frame, node);
}

/*
 * Up to WALK_CNT steps.  The prefetches stand here and not in a function of
 * their own, because gcc 12 takes such a function for one without effect.
 */
static int walk_some(struct profile *p, uint32_t parent, const uint32_t *frames, size_t cnt,
		     uint32_t *nodes)
{
	uint32_t hash = p->nodes[parent].hash, hashes[WALK_CNT];
	int err = 0;

	for (size_t i = 0; i < cnt; i++) {
		hash = hashes[i] = hash_path(hash, frames[i]);
		__builtin_prefetch(&p->node_slots[hash & p->node_mask]);
	}
	for (size_t i = 0; i < cnt && !err; i++) {
		nodes[i] = find_node(p, hashes[i], parent, frames[i])->node;
		if (!nodes[i])
			err = add_node(p, hashes[i], parent, frames[i], &nodes[i]);
		parent = nodes[i];
	}
	return err;
}

int profile_walk(struct profile *p, uint32_t parent, const uint32_t *frames, size_t frame_cnt,
		 uint32_t *nodes)
{
	int err = 0;

	while (frame_cnt && !err) {
		size_t cnt = frame_cnt < WALK_CNT ? frame_cnt : WALK_CNT;

		err = walk_some(p, parent, frames, cnt, nodes);
		parent = nodes[cnt - 1];
		frames += cnt;
		nodes += cnt;
		frame_cnt -= cnt;
	}
	return err;
}

void profile_add(struct profile *p, uint32_t node, double weight)
{
	assert(node < p->node_cnt);
	assert(weight >= 0 && isfinite(weight));
	p->nodes[node].self += weight;
	p->weight += weight;
}

int profile_totals(const struct profile *p, double **out)
{
	double *totals = reallocarray(NULL, p->node_cnt, sizeof(*totals));

	*out = totals;
	if (!totals)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->node_cnt; i++)
		totals[i] = p->nodes[i].self;
	for (uint32_t i = p->node_cnt - 1; i > PROFILE_ROOT; i--)
		totals[p->nodes[i].parent] += totals[i];
	return 0;
}

int profile_new(struct profile **out)
{
	struct profile *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (!p)
		return -ENOMEM;
	p->frame_slots = calloc(FIRST_SLOT_CNT, sizeof(*p->frame_slots));
	p->frame_mask = FIRST_SLOT_CNT - 1;
	p->node_slots = calloc(FIRST_SLOT_CNT, sizeof(*p->node_slots));
	p->node_mask = FIRST_SLOT_CNT - 1;
	p->nodes = calloc(FIRST_SLOT_CNT, sizeof(*p->nodes));
	p->node_room = FIRST_SLOT_CNT;
	p->node_cnt = 1;	/* the root: all zeros */
	if (!p->frame_slots || !p->node_slots || !p->nodes) {
		profile_free(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	while (p->chunks) {
		struct chunk *next = p->chunks->next;

		free(p->chunks);
		p->chunks = next;
	}
	free(p->frames);
	free(p->frame_slots);
	free(p->nodes);
	free(p->node_slots);
	free(p);
}

const struct profile_node *profile_nodes(const struct profile *p)
{
	return p->nodes;
}

uint32_t profile_node_cnt(const struct profile *p)
{
	return p->node_cnt;
}

const struct frame *profile_frame_at(const struct profile *p, uint32_t frame)
{
	return &p->frames[frame];
}

uint32_t profile_frame_cnt(const struct profile *p)
{
	return p->frame_cnt;
}

double profile_weight(const struct profile *p)
{
	return p->weight;
}

uint32_t profile_depth(const struct profile *p)
{
	return p->depth;
}
