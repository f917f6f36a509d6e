// SPDX-License-Identifier: BSD-2-Clause
/* tree.c - a profile as nested JSON: {"name": "a", "value": 3, "children": [...]}. */
#include "flamegraph/formats.h"

#include "flamegraph/layout.h"
#include "flamegraph/out.h"
#include "flamegraph/profile.h"
#include "flamegraph/xml.h"

/* Rectangles are in preorder: one that is no deeper ends those that are open. */
static void put_node(struct out *o, const struct profile *p, const struct layout_rect *rect)
{
	const struct frame *frame;
	char weight[OUT_WEIGHT_SIZE];

	out_str(o, "{\"name\":\"");
	if (rect->node == PROFILE_ROOT) {
		out_str(o, "all");
	} else {
		frame = profile_frame_at(p, profile_nodes(p)[rect->node].frame);
		xml_write_json(o, frame->name, frame->name_len);
	}
	out_str(o, "\",\"value\":");
	out_bytes(o, weight, out_format_weight(weight, rect->width));
	out_str(o, ",\"children\":[");
}

int tree_write(const struct profile *p, FILE *f)
{
	struct layout *layout;
	struct out o;
	uint32_t open = 0;
	int err = layout_new(p, 0, &layout);

	if (err)
		return err;
	out_init(&o, f);
	for (size_t i = 0; i < layout->rect_cnt; i++) {
		bool is_sibling = i && layout->rects[i].depth < open;

		for (; open > layout->rects[i].depth; open--)
			out_str(&o, "]}");
		out_str(&o, is_sibling ? "," : "");
		put_node(&o, p, &layout->rects[i]);
		open++;
	}
	for (; open; open--)
		out_str(&o, "]}");
	out_str(&o, "\n");
	layout_free(layout);
	return out_finish(&o);
}
