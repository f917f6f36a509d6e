/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * profile.h - a profile in memory: interned frames and a trie of stacks.  The
 * one data model that every reader fills and every writer uses.
 *
 * Units:     a weight is in samples (or whatever the input counts); fractions
 *            are allowed, whole numbers are exact up to 2^53.
 * Ownership: the profile owns its strings and nodes; all live until
 *            profile_free().
 * Errors:    0 or a negative errno.
 * Threads:   readers may share a profile that nobody changes.
 */
#ifndef FLAMEGRAPH_PROFILE_H
#define FLAMEGRAPH_PROFILE_H

#include <stddef.h>
#include <stdint.h>

struct profile;

enum frame_kind { FRAME_USER, FRAME_KERNEL, FRAME_INLINED, FRAME_JIT, FRAME_KIND_CNT };

#define PROFILE_ROOT 0U		/* the node above all stacks; it has no frame */

int profile_new(struct profile **out);
void profile_free(struct profile *p);	/* NULL is fine */

/* The frame of this name and kind; NAME need not end in NUL.  -ENOMEM, -EOVERFLOW. */
int profile_frame(struct profile *p, const char *name, size_t name_len, enum frame_kind kind,
		  uint32_t *frame);

/* The node below PARENT for FRAME, made if there is none yet. */
int profile_child(struct profile *p, uint32_t parent, uint32_t frame, uint32_t *node);

/* Add WEIGHT to the stack that ends in NODE. */
void profile_add(struct profile *p, uint32_t node, double weight);

#endif /* FLAMEGRAPH_PROFILE_H */
