// SPDX-License-Identifier: BSD-2-Clause
/* html_data.c - numbers the frames and writes the nodes as varints. */
#include "flamegraph/html_data.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/formats.h"
#include "flamegraph/layout.h"
#include "flamegraph/profile.h"

#define MAX_DECIMALS  6
#define NODE_MAX_SIZE 48 /* bytes: more than the varints of a node can take */
#define FIRST_SIZE    4096

struct encoder {
	struct html_data *data;
	const struct profile *p;
	const struct profile_node *nodes;
	const struct profile_changes *changes;
	const struct layout *layout;
	uint32_t *numbers; /* number of each frame of the profile */
	double *dropped;   /* weight below each node that is left out; NULL if none is */
	double scale;	   /* 10^decimals */
	size_t cap;
};

static void put_varint(struct html_data *data, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		data->nodes[data->nodes_len++] = value | 0x80;
	data->nodes[data->nodes_len++] = value;
}

static int grow_nodes(struct encoder *e)
{
	size_t want = e->cap ? e->cap * 2 : FIRST_SIZE;
	uint8_t *grown;

	if (e->cap - e->data->nodes_len >= NODE_MAX_SIZE)
		return 0;
	grown = realloc(e->data->nodes, want);
	if (!grown)
		return -ENOMEM;
	e->data->nodes = grown;
	e->cap = want;
	return 0;
}

static uint64_t units(const struct encoder *e, double weight)
{
	return (uint64_t)llround(fmin(weight * e->scale, PROFILE_MAX_WEIGHT));
}

static void put_node(struct encoder *e, const struct layout_rect *rect, uint32_t last_depth)
{
	const struct profile_node *node = &e->nodes[rect->node];
	double weight = node->self + (e->dropped ? e->dropped[rect->node] : 0);
	uint64_t self = units(e, weight);

	put_varint(e->data, (uint64_t)(last_depth + 1 - rect->depth) * 2 + (self > 0));
	put_varint(e->data, e->numbers[node->frame]);
	if (self)
		put_varint(e->data, self);
	if (e->changes) {
		double change = e->changes->weights[rect->node];
		uint64_t size = units(e, fabs(change));

		put_varint(e->data, size * 2 - (change < 0 && size));
		put_varint(e->data, e->changes->colors[rect->node] + 7);
	}
}

static int put_nodes(struct encoder *e)
{
	uint32_t depth = 0;
	int err = 0;

	for (size_t i = 1; i < e->layout->rect_cnt && !err; i++) {
		err = grow_nodes(e);
		if (!err)
			put_node(e, &e->layout->rects[i], depth);
		depth = e->layout->rects[i].depth;
		e->data->node_cnt++;
	}
	return err;
}

/* Return the fewest decimals that make all weights whole. */
static unsigned int count_decimals(const struct encoder *e)
{
	unsigned int decimals = 0;
	double scale = 1;

	for (uint32_t i = 1; i < profile_node_cnt(e->p); i++) {
		double weight = e->nodes[i].self;

		while (decimals < MAX_DECIMALS && weight * scale != round(weight * scale) &&
		       profile_weight(e->p) * scale * 10 < PROFILE_MAX_WEIGHT &&
		       fabs(weight * scale - round(weight * scale)) > 1e-9 * weight * scale) {
			decimals++;
			scale *= 10;
		}
	}
	return decimals;
}

/* Give the weight of nodes that are left out to the node above them that is not. */
static int keep_dropped(struct encoder *e)
{
	uint32_t cnt = profile_node_cnt(e->p);
	bool *is_drawn = calloc(cnt, sizeof(*is_drawn));

	e->dropped = calloc(cnt, sizeof(*e->dropped));
	if (!is_drawn || !e->dropped) {
		free(is_drawn);
		return -ENOMEM;
	}
	for (size_t i = 0; i < e->layout->rect_cnt; i++)
		is_drawn[e->layout->rects[i].node] = true;
	for (uint32_t i = cnt - 1; i > PROFILE_ROOT; i--)
		if (!is_drawn[i])
			e->dropped[e->nodes[i].parent] += e->nodes[i].self + e->dropped[i];
	free(is_drawn);
	return 0;
}

struct frame_use {
	uint32_t frame, cnt;
};

/* Order by use, the most used first, and equals by name: never by the order of the input. */
static int by_use(const void *left, const void *right, void *profile)
{
	const struct frame_use *a = left, *b = right;
	const struct frame *fa = profile_frame_at(profile, a->frame);
	const struct frame *fb = profile_frame_at(profile, b->frame);
	size_t len = fa->name_len < fb->name_len ? fa->name_len : fb->name_len;
	int order;

	if (a->cnt != b->cnt)
		return a->cnt < b->cnt ? 1 : -1;
	order = memcmp(fa->name, fb->name, len);
	if (order)
		return order;
	if (fa->name_len != fb->name_len)
		return fa->name_len < fb->name_len ? -1 : 1;
	return (fa->kind > fb->kind) - (fa->kind < fb->kind);
}

static int number_frames(struct encoder *e)
{
	uint32_t cnt = profile_frame_cnt(e->p);
	struct html_data *data = e->data;
	struct frame_use *uses = calloc(cnt + 1U, sizeof(*uses));

	e->numbers = calloc(cnt + 1U, sizeof(*e->numbers));
	data->frames = calloc(cnt + 1U, sizeof(*data->frames));
	if (!uses || !e->numbers || !data->frames) {
		free(uses);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < cnt; i++)
		uses[i].frame = i;
	for (size_t i = 1; i < e->layout->rect_cnt; i++)
		uses[e->nodes[e->layout->rects[i].node].frame].cnt++;
	qsort_r(uses, cnt, sizeof(*uses), by_use, (void *)e->p);
	while (data->frame_cnt < cnt && uses[data->frame_cnt].cnt) {
		e->numbers[uses[data->frame_cnt].frame] = data->frame_cnt;
		data->frames[data->frame_cnt] = uses[data->frame_cnt].frame;
		data->frame_cnt++;
	}
	free(uses);
	return 0;
}

int html_data_init(struct html_data *data, const struct profile *p, double min_weight,
		   const struct profile_changes *changes)
{
	struct encoder e = { .data = data, .p = p, .nodes = profile_nodes(p), .changes = changes };
	struct layout *layout;
	int err = layout_new(p, min_weight, &layout);

	*data = (struct html_data){ .change = changes ? changes->weights[PROFILE_ROOT] : 0 };
	if (err)
		return err;
	e.layout = layout;
	data->decimals = count_decimals(&e);
	e.scale = pow(10, data->decimals);
	err = number_frames(&e);
	if (!err && min_weight > 0)
		err = keep_dropped(&e);
	if (!err)
		err = put_nodes(&e);
	free(e.numbers);
	free(e.dropped);
	layout_free(layout);
	if (err)
		html_data_fini(data);
	return err;
}

void html_data_fini(struct html_data *data)
{
	free(data->nodes);
	free(data->frames);
	*data = (struct html_data){ 0 };
}
