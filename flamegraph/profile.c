// SPDX-License-Identifier: BSD-2-Clause
/*
 * profile.c - a trie whose nodes are found by the hash of their whole path.
 *
 * A path that exists has all of its beginnings.  So a stack is looked up from
 * its innermost frame outwards, and the first hit ends the search: of a stack
 * of 27 frames that ends in three new ones, four are looked up and three interned.
 */
#include "flamegraph/profile.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "flamegraph/names.h"

#define FIRST_SLOT_CNT 1024 /* a power of two */
#define NEAR_CNT       8    /* innermost steps that are tried one after the other */
#define BATCH_CNT      64   /* stacks that wait for memory together */
#define AHEAD_CNT      16   /* slots fetched ahead when the table grows */
#define HASH_C	       0xa98409e882ce4d7dULL /* HASH_C and HASH_D are any two that differ */
#define HASH_D	       0x57b2a1dc94a6f36bULL

static const char no_name[] = "[unknown]";

/* The tag is a part of the hash that does not choose the slot: a wrong node is rarely read. */
struct node_slot {
	uint32_t tag;
	uint32_t node; /* 0 if the slot is empty, as nobody looks the root up */
};

struct profile {
	struct names names;
	uint64_t seed;

	struct profile_node *nodes;
	double *starts; /* start of each node; NULL if none was appended */
	uint32_t node_cnt, node_cap;
	struct node_slot *slots;
	uint32_t slot_mask; /* how many slots there are, less 1 */
	uint32_t slot_cnt;  /* slots in use */

	double weight;
	uint32_t depth;
};

_Static_assert(sizeof(struct profile_node) == 40, "a million stacks are millions of nodes");
_Static_assert((FIRST_SLOT_CNT & (FIRST_SLOT_CNT - 1)) == 0, "masks need powers of two");

static int grow_starts(struct profile *p, uint32_t cap)
{
	double *starts = reallocarray(p->starts, cap, sizeof(*starts));

	if (!starts)
		return -ENOMEM;
	p->starts = starts;
	return 0;
}

static int grow_nodes(struct profile *p)
{
	uint32_t want = p->node_cap * 2;
	struct profile_node *nodes;
	int err;

	if (p->node_cap > UINT32_MAX / 2)
		return -EOVERFLOW;
	nodes = reallocarray(p->nodes, want, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	p->nodes = nodes;
	err = p->starts ? grow_starts(p, want) : 0;
	if (!err)
		p->node_cap = want;
	return err;
}

/* The hash of an empty name is that of its substitute. */
static uint64_t hash_name(const struct profile *p, const char **name, size_t *len,
			  enum frame_kind kind)
{
	if (!*len) {
		*name = no_name;
		*len = sizeof(no_name) - 1;
	}
	return name_hash(p->seed, *name, *len, kind);
}

/* The hash is never 0: that is the root's, and that of nodes which nobody finds. */
static uint64_t hash_path(uint64_t parent_hash, uint64_t frame_hash)
{
	uint64_t hash = hash_fold(parent_hash ^ HASH_C, frame_hash ^ HASH_D);

	return hash ? hash : 1;
}

int profile_frame(struct profile *p, const char *name, size_t name_len, enum frame_kind kind,
		  uint32_t *frame)
{
	uint64_t hash = hash_name(p, &name, &name_len, kind);

	return names_add(&p->names, name, name_len, kind, hash, frame);
}

static struct node_slot *empty_slot(const struct profile *p, uint64_t hash)
{
	uint32_t at = (uint32_t)hash;

	while (p->slots[at & p->slot_mask].node)
		at++;
	return &p->slots[at & p->slot_mask];
}

/*
 * The table is made anew from the nodes, in place: two tables at once would be the profile's
 * highest use of memory.  Appended nodes, which have no hash, are not in it.
 */
static int grow_slots(struct profile *p)
{
	uint64_t slot_cnt = ((uint64_t)p->slot_mask + 1) * 2;
	struct node_slot *slots;

	if (slot_cnt > UINT32_MAX)
		return -EOVERFLOW;
	slots = reallocarray(p->slots, slot_cnt, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	memset(slots, 0, slot_cnt * sizeof(*slots));
	p->slots = slots;
	p->slot_mask = slot_cnt - 1;
	for (uint32_t i = PROFILE_ROOT + 1; i < p->node_cnt; i++) {
		uint64_t hash = p->nodes[i].hash;
		uint32_t ahead = i + AHEAD_CNT < p->node_cnt ? i + AHEAD_CNT : i;

		__builtin_prefetch(&slots[p->nodes[ahead].hash & p->slot_mask], 1);
		if (hash)
			*empty_slot(p, hash) = (struct node_slot){ hash >> 32, i };
	}
	return 0;
}

/* Add a node, but not to the table. */
static int new_node(struct profile *p, uint64_t hash, uint32_t parent, uint32_t frame,
		    uint32_t *node)
{
	uint32_t depth = p->nodes[parent].depth + 1;
	int err;

	*node = 0;
	if (depth > PROFILE_MAX_DEPTH)
		return -ENOSPC;
	if (p->node_cnt == p->node_cap) {
		err = grow_nodes(p);
		if (err)
			return err;
	}
	if (p->starts)
		p->starts[p->node_cnt] = p->weight;
	*node = p->node_cnt++;
	p->nodes[*node] = (struct profile_node){
		.parent = parent,
		.frame = frame,
		.hash = hash,
		.depth = depth,
		.sibling = p->nodes[parent].child,
	};
	p->nodes[parent].child = *node;
	if (depth > p->depth)
		p->depth = depth;
	return 0;
}

/* Half of the slots stay empty, which was measured to be 25 % faster than a quarter. */
static int add_node(struct profile *p, uint64_t hash, uint32_t parent, uint32_t frame,
		    uint32_t *node)
{
	int err = p->slot_cnt >= p->slot_mask / 2 ? grow_slots(p) : 0;

	*node = 0;
	if (!err)
		err = new_node(p, hash, parent, frame, node);
	if (err)
		return err;
	p->slot_cnt++;
	*empty_slot(p, hash) = (struct node_slot){ hash >> 32, *node };
	return 0;
}

int profile_child(struct profile *p, uint32_t parent, uint32_t frame, uint32_t *node)
{
	uint64_t hash = hash_path(p->nodes[parent].hash, p->names.hashes[frame]);

	for (uint32_t at = (uint32_t)hash;; at++) {
		const struct node_slot *slot = &p->slots[at & p->slot_mask];

		if (!slot->node)
			return add_node(p, hash, parent, frame, node);
		if (slot->tag == hash >> 32 && p->nodes[slot->node].parent == parent &&
		    p->nodes[slot->node].frame == frame) {
			*node = slot->node;
			return 0;
		}
	}
}

int profile_walk(struct profile *p, uint32_t parent, const uint32_t *frames, size_t frame_cnt,
		 uint32_t *nodes)
{
	int err = 0;

	for (size_t i = 0; i < frame_cnt && !err; i++) {
		err = profile_child(p, parent, frames[i], &nodes[i]);
		parent = nodes[i];
	}
	return err;
}

void profile_hash(const struct profile *p, struct profile_step *steps, size_t known, size_t cnt)
{
	/* The root's hash is 0; its node may be moving, as another thread makes nodes. */
	uint64_t hash = known ? steps[known - 1].hash : 0;

	for (size_t i = known; i < cnt; i++) {
		size_t len = steps[i].name_len;

		hash = hash_path(hash, hash_name(p, &steps[i].name, &len, steps[i].kind));
		steps[i].name_len = len;
		steps[i].hash = hash;
	}
}

static bool is_at(const struct profile *p, const struct profile_node *node,
		  const struct profile_step *step, uint32_t depth)
{
	const struct frame *frame = &p->names.frames[node->frame];

	return node->hash == step->hash && node->depth == depth && frame->kind == step->kind &&
	       frame->name_len == step->name_len &&
	       !memcmp(frame->name, step->name, step->name_len);
}

/* Find the next node from slot *AT on that has the tag of HASH; 0 if there is none. */
static uint32_t next_tagged(const struct profile *p, uint64_t hash, uint32_t *at)
{
	const struct node_slot *slot;

	do
		slot = &p->slots[(*at)++ & p->slot_mask];
	while (slot->node && slot->tag != hash >> 32);
	return slot->node;
}

/* Find the node of the first CNT steps; 0 if there is none. */
static uint32_t find_path(const struct profile *p, const struct profile_step *steps, size_t cnt)
{
	const struct profile_step *step = &steps[cnt - 1];
	uint32_t at = (uint32_t)step->hash, node;

	do
		node = next_tagged(p, step->hash, &at);
	while (node && !is_at(p, &p->nodes[node], step, cnt));
	return node;
}

/* Return how many steps the profile has already; *NODE is the last of them. */
static size_t find_known(const struct profile *p, const struct profile_step *steps, size_t cnt,
			 uint32_t *node)
{
	size_t low = 0, high = cnt, near_end = cnt > NEAR_CNT ? cnt - NEAR_CNT : 0;

	*node = PROFILE_ROOT;
	for (; high > near_end; high--) {
		*node = find_path(p, steps, high);
		if (*node)
			return high;
	}
	while (low < high) { /* the first LOW steps are known, HIGH + 1 are not */
		size_t middle = (low + high + 1) / 2;
		uint32_t found = find_path(p, steps, middle);

		if (found) {
			*node = found;
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	return low;
}

/* Return the node that find_known() will look at first; 0 if there is none near the end. */
static uint32_t guess_known(const struct profile *p, const struct profile_step *steps, size_t cnt)
{
	size_t near_end = cnt > NEAR_CNT ? cnt - NEAR_CNT : 0;

	for (size_t i = cnt; i-- > near_end;) {
		uint32_t at = (uint32_t)steps[i].hash;
		uint32_t node = next_tagged(p, steps[i].hash, &at);

		if (node)
			return node;
	}
	return 0;
}

static int add_stack(struct profile *p, const struct profile_stack *stack)
{
	const struct profile_step *steps = stack->steps;
	uint32_t node;
	int err = 0;

	for (size_t i = find_known(p, steps, stack->cnt, &node); i < stack->cnt && !err; i++) {
		uint32_t frame, parent = node;

		err = profile_frame(p, steps[i].name, steps[i].name_len, steps[i].kind, &frame);
		if (!err)
			err = add_node(p, steps[i].hash, parent, frame, &node);
	}
	if (!err)
		profile_add(p, node, stack->weight);
	return err;
}

/*
 * The batch waits for memory together: first for all slots, then for all nodes.  The
 * prefetches stand here and not in functions of their own, because gcc 12 takes
 * such a function for one without effect.
 */
static int add_batch(struct profile *p, const struct profile_stack *stacks, size_t cnt)
{
	int err = 0;

	for (size_t i = 0; i < cnt; i++) {
		const struct profile_step *end = stacks[i].steps + stacks[i].cnt;
		size_t near_cnt = stacks[i].cnt < NEAR_CNT ? stacks[i].cnt : NEAR_CNT;

		for (const struct profile_step *step = end - near_cnt; step < end; step++)
			__builtin_prefetch(&p->slots[step->hash & p->slot_mask]);
	}
	for (size_t i = 0; i < cnt; i++)
		__builtin_prefetch(&p->nodes[guess_known(p, stacks[i].steps, stacks[i].cnt)], 1);
	for (size_t i = 0; i < cnt && !err; i++)
		err = add_stack(p, &stacks[i]);
	return err;
}

int profile_add_stacks(struct profile *p, const struct profile_stack *stacks, size_t cnt)
{
	int err = 0;

	for (size_t i = 0; i < cnt && !err; i += BATCH_CNT)
		err = add_batch(p, stacks + i, cnt - i < BATCH_CNT ? cnt - i : BATCH_CNT);
	return err;
}

int profile_append(struct profile *p, uint32_t parent, uint32_t frame, uint32_t *node)
{
	int err = 0;

	*node = 0;
	if (!p->starts) {
		err = grow_starts(p, p->node_cap);
		for (uint32_t i = 0; i < p->node_cnt && !err; i++)
			p->starts[i] = 0;
	}
	return err ? err : new_node(p, 0, parent, frame, node);
}

const double *profile_starts(const struct profile *p)
{
	return p->starts;
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
	/* Without entropy, at start-up, the address of the heap is secret enough. */
	if (getrandom(&p->seed, sizeof(p->seed), GRND_NONBLOCK) != sizeof(p->seed))
		p->seed = (uintptr_t)p;
	p->slots = calloc(FIRST_SLOT_CNT, sizeof(*p->slots));
	p->slot_mask = FIRST_SLOT_CNT - 1;
	p->nodes = calloc(FIRST_SLOT_CNT, sizeof(*p->nodes));
	p->node_cap = FIRST_SLOT_CNT;
	p->node_cnt = 1; /* the root, which is all zeros */
	if (names_init(&p->names) || !p->slots || !p->nodes) {
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
	names_fini(&p->names);
	free(p->nodes);
	free(p->starts);
	free(p->slots);
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
	return &p->names.frames[frame];
}

uint32_t profile_frame_cnt(const struct profile *p)
{
	return p->names.cnt;
}

bool profile_has_kind(const struct profile *p, enum frame_kind kind)
{
	for (uint32_t i = 0; i < profile_frame_cnt(p); i++)
		if (profile_frame_at(p, i)->kind == kind)
			return true;
	return false;
}

double profile_weight(const struct profile *p)
{
	return p->weight;
}

uint32_t profile_depth(const struct profile *p)
{
	return p->depth;
}
