/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * profile.h - a profile in memory: interned frames and a trie of stacks.  The
 * one data model that every reader fills and every writer uses.
 *
 * Units:     a weight is in samples (or whatever the input counts); fractions
 *            are allowed, whole numbers are exact up to PROFILE_MAX_WEIGHT.
 * Ownership: the profile owns its strings and nodes; all live until
 *            profile_free().  Names never move; the node array may, whenever a
 *            node is made.
 * Errors:    0 or a negative errno.
 * Threads:   readers may share a profile that nobody changes.
 */
#ifndef FLAMEGRAPH_PROFILE_H
#define FLAMEGRAPH_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flamegraph/frame.h"

struct profile;

#define PROFILE_ROOT	   0U	/* the node above all stacks; it has no frame */
#define PROFILE_MAX_DEPTH  4096 /* frames in a stack; the kernel's own limit is 127 by default */
#define PROFILE_MAX_WEIGHT 9007199254740992.0 /* 2^53: above it doubles skip whole numbers */

/*
 * A stack, seen as the path from the root to this node.  A parent's index is
 * always smaller than its children's, so that a walk of the array from its end
 * meets every child before its parent, without recursion.
 */
struct profile_node {
	uint32_t parent;  /* PROFILE_ROOT for the outermost frame, and for the root itself */
	uint32_t frame;	  /* number of its frame; meaningless in the root */
	uint32_t depth;	  /* frames in the path, 0 for the root */
	uint32_t child;	  /* one of the children, 0 if there is none */
	uint32_t sibling; /* another child of the parent; 0 if there is no more */
	uint64_t hash;	  /* hash of the whole path; private to profile.c */
	double self;	  /* weight of the stacks that end here */
};

int profile_new(struct profile **out);
void profile_free(struct profile *p); /* NULL is fine */

/*
 * Find or make the frame of this name and kind; NAME need not end in NUL.  Fails with
 * -ENOMEM or -EOVERFLOW.
 */
int profile_frame(struct profile *p, const char *name, size_t name_len, enum frame_kind kind,
		  uint32_t *frame);

/*
 * Find or make the node below PARENT for FRAME.  Fails with -ENOSPC if PARENT is at
 * PROFILE_MAX_DEPTH, -EOVERFLOW or -ENOMEM.
 */
int profile_child(struct profile *p, uint32_t parent, uint32_t frame, uint32_t *node);

/*
 * Find or make the nodes of a whole path: NODES[0] below PARENT for FRAMES[0], NODES[1] below
 * NODES[0] and so on, as by FRAME_CNT calls of profile_child().
 */
int profile_walk(struct profile *p, uint32_t parent, const uint32_t *frames, size_t frame_cnt,
		 uint32_t *nodes);

/* A frame of a stack that is looked up as a whole. */
struct profile_step {
	const char *name; /* need not end in NUL */
	uint32_t name_len;
	enum frame_kind kind;
	uint64_t hash; /* hash of the path to here, which profile_hash() sets */
};

struct profile_stack {
	struct profile_step *steps; /* the outermost first */
	size_t cnt;		    /* 1 .. PROFILE_MAX_DEPTH */
	double weight;
};

/*
 * The fast way for readers, in two parts: profile_hash() for each stack, which
 * may run while another thread changes the profile, then profile_add_stacks() for
 * as many as there are, so that they wait for memory together.
 *
 * profile_hash() does all but the first KNOWN steps, which have their hashes.
 * profile_add_stacks() makes the nodes that are missing and adds the weights.  It
 * tells stacks apart by 64 bits of hash, their length and the innermost name; the
 * names of frames that are known to it are not looked at.
 */
void profile_hash(const struct profile *p, struct profile_step *steps, size_t known, size_t cnt);
int profile_add_stacks(struct profile *p, const struct profile_stack *stacks, size_t cnt);

/*
 * Make a node that no look-up will find, for stacks in the order of time, which are not
 * merged.  It starts where the profile's weight is now.
 */
int profile_append(struct profile *p, uint32_t parent, uint32_t frame, uint32_t *node);

/* Return the starts of all nodes if profile_append() made any, else NULL. */
const double *profile_starts(const struct profile *p);

/* Add WEIGHT, not negative and finite, to the stack that ends in NODE. */
void profile_add(struct profile *p, uint32_t node, double weight);

/* Return all nodes, the root first.  They are valid until a node is made. */
const struct profile_node *profile_nodes(const struct profile *p);
uint32_t profile_node_cnt(const struct profile *p);

/* Return a frame.  It is valid until one is made, its name as long as the profile. */
const struct frame *profile_frame_at(const struct profile *p, uint32_t frame);
uint32_t profile_frame_cnt(const struct profile *p);
bool profile_has_kind(const struct profile *p, enum frame_kind kind); /* any frame of it */

double profile_weight(const struct profile *p);	 /* sum of all stacks */
uint32_t profile_depth(const struct profile *p); /* frames in the deepest stack */

/* Sum up each node and all below it, one sum per node, root first.  The caller frees them. */
int profile_totals(const struct profile *p, double **out);

/* Make a profile of the same stacks with the innermost frame at the root. */
int profile_reverse(const struct profile *p, struct profile **out);

#endif /* FLAMEGRAPH_PROFILE_H */
