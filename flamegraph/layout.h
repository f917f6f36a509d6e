/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - where each frame of a flame graph lies, without pixels and texts.
 *
 * Units:     x and width are weights; a row is a depth in the trie, 0 the root.
 * Ownership: the layout owns its rectangles; they name nodes of the profile.
 * Errors:    0 or a negative errno; on failure *out is NULL.
 */
#ifndef FLAMEGRAPH_LAYOUT_H
#define FLAMEGRAPH_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

struct profile;

struct layout_rect {
	double x;     /* 0 .. weight of the profile */
	double width; /* the node's total weight, above 0 */
	uint32_t node;
	uint32_t depth;
};

struct layout {
	struct layout_rect *rects; /* a node stands before all that is below it */
	size_t rect_cnt;
	size_t rect_cap;
	uint32_t depth_cnt; /* rows in use */
};

/*
 * Place the root and every node that weighs at least MIN_WEIGHT.  Siblings are
 * sorted by name, then kind.  The space of those left out and of the node's own
 * weight is at the right end.  If the profile has profile_starts(), nodes lie where
 * they start instead.  A profile without weight has no rectangles.  Fails with -ENOMEM.
 */
int layout_new(const struct profile *p, double min_weight, struct layout **out);

void layout_free(struct layout *l); /* NULL is fine */

#endif /* FLAMEGRAPH_LAYOUT_H */
