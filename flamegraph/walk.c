// SPDX-License-Identifier: BSD-2-Clause
/* walk.c - see walk.h: the order is the one of the picture, whose rectangles are walked. */
#include "flamegraph/walk.h"

#include <errno.h>
#include <stdlib.h>

#include "flamegraph/layout.h"
#include "flamegraph/profile.h"

int walk_stacks(const struct profile *p, walk_visit *visit, void *ctx)
{
	const struct profile_node *nodes = profile_nodes(p);
	uint32_t *frames = calloc((size_t)profile_depth(p) + 1, sizeof(*frames));
	struct layout *layout = NULL;
	int err = frames ? layout_new(p, 0, &layout) : -ENOMEM;

	for (size_t i = 0; !err && i < layout->rect_cnt; i++) {
		const struct profile_node *node = &nodes[layout->rects[i].node];
		struct walk_stack stack = { frames, node->depth, layout->rects[i].node,
					    node->self };

		/* The frames above this one were put into the path by the rectangles before. */
		if (node->depth)
			frames[node->depth - 1] = node->frame;
		if (node->self > 0)
			err = visit(ctx, &stack);
	}
	layout_free(layout);
	free(frames);
	return err;
}
