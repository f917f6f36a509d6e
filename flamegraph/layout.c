// SPDX-License-Identifier: BSD-2-Clause
/* layout.c - makes rectangles of a trie in one walk without recursion. */
#include "flamegraph/layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/profile.h"

struct layout_walk {
	const struct profile *p;
	const struct profile_node *nodes;
	const double *starts; /* NULL: siblings stand side by side */
	double *totals;
	double min_weight;
	struct layout_rect *todo; /* placed, but their children are not; the leftmost is last */
	size_t todo_cnt, todo_cap;
};

static int push_rect(struct layout_rect **rects, size_t *cnt, size_t *cap, struct layout_rect rect)
{
	if (*cnt == *cap) {
		size_t want = *cap ? *cap * 2 : 256;
		struct layout_rect *grown = reallocarray(*rects, want, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		*rects = grown;
		*cap = want;
	}
	(*rects)[(*cnt)++] = rect;
	return 0;
}

/* Order from right to left.  Siblings differ in name or in kind, so no two are equal. */
static int reverse_order(const void *left, const void *right, void *walk)
{
	const struct layout_rect *a = left, *b = right;
	const struct layout_walk *w = walk;
	const struct frame *fa = profile_frame_at(w->p, w->nodes[a->node].frame);
	const struct frame *fb = profile_frame_at(w->p, w->nodes[b->node].frame);
	size_t len = fa->name_len < fb->name_len ? fa->name_len : fb->name_len;
	int order = memcmp(fb->name, fa->name, len);

	if (order)
		return order;
	if (fa->name_len != fb->name_len)
		return fa->name_len < fb->name_len ? 1 : -1;
	return (fa->kind < fb->kind) - (fa->kind > fb->kind);
}

/* Place the children of RECT that are wide enough, and put them on top of the list. */
static int push_children(struct layout_walk *w, const struct layout_rect *rect)
{
	size_t start = w->todo_cnt;
	double x = rect->x;
	int err = 0;

	for (uint32_t i = w->nodes[rect->node].child; i && !err; i = w->nodes[i].sibling) {
		if (w->totals[i] <= 0 || w->totals[i] < w->min_weight)
			continue;
		err = push_rect(&w->todo, &w->todo_cnt, &w->todo_cap,
				(struct layout_rect){ .x = w->starts ? w->starts[i] : 0,
						      .width = w->totals[i],
						      .node = i,
						      .depth = rect->depth + 1 });
	}
	/* Nodes in the order of time have their places, the newest sibling first. */
	if (err || w->todo_cnt == start || w->starts)
		return err;
	qsort_r(w->todo + start, w->todo_cnt - start, sizeof(*w->todo), reverse_order, w);
	for (size_t i = w->todo_cnt; i-- > start;) {
		w->todo[i].x = x;
		x += w->todo[i].width;
	}
	return 0;
}

static int place_all(struct layout_walk *w, struct layout *l)
{
	struct layout_rect root = { .width = w->totals[PROFILE_ROOT], .node = PROFILE_ROOT };
	int err;

	if (root.width <= 0)
		return 0;
	err = push_rect(&w->todo, &w->todo_cnt, &w->todo_cap, root);
	while (!err && w->todo_cnt) {
		struct layout_rect rect = w->todo[--w->todo_cnt];

		if (rect.depth >= l->depth_cnt)
			l->depth_cnt = rect.depth + 1;
		err = push_rect(&l->rects, &l->rect_cnt, &l->rect_cap, rect);
		if (!err)
			err = push_children(w, &rect);
	}
	return err;
}

int layout_new(const struct profile *p, double min_weight, struct layout **out)
{
	struct layout_walk w = { .p = p,
				 .nodes = profile_nodes(p),
				 .starts = profile_starts(p),
				 .min_weight = min_weight };
	struct layout *l = calloc(1, sizeof(*l));
	int err;

	*out = NULL;
	if (!l)
		return -ENOMEM;
	err = profile_totals(p, &w.totals);
	if (!err)
		err = place_all(&w, l);
	free(w.totals);
	free(w.todo);
	if (err) {
		layout_free(l);
		return err;
	}
	*out = l;
	return 0;
}

void layout_free(struct layout *l)
{
	if (!l)
		return;
	free(l->rects);
	free(l);
}
