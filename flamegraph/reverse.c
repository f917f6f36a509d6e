// SPDX-License-Identifier: BSD-2-Clause
/* reverse.c - turns stacks around: the innermost frame is the root, its callers are below. */
#include "flamegraph/profile.h"

#include <stdlib.h>

/* Copy the frames in the same order, so that they keep their numbers. */
static int copy_frames(const struct profile *from, struct profile *to)
{
	int err = 0;

	for (uint32_t i = 0; i < profile_frame_cnt(from) && !err; i++) {
		const struct frame *frame = profile_frame_at(from, i);
		uint32_t copy;

		err = profile_frame(to, frame->name, frame->name_len, frame->kind, &copy);
	}
	return err;
}

static int copy_stacks(const struct profile *from, struct profile *to)
{
	const struct profile_node *nodes = profile_nodes(from);
	int err = 0;

	for (uint32_t i = PROFILE_ROOT + 1; i < profile_node_cnt(from) && !err; i++) {
		uint32_t copy = PROFILE_ROOT;

		if (nodes[i].self <= 0)
			continue;
		for (uint32_t at = i; at != PROFILE_ROOT && !err; at = nodes[at].parent)
			err = profile_child(to, copy, nodes[at].frame, &copy);
		if (!err)
			profile_add(to, copy, nodes[i].self);
	}
	return err;
}

int profile_reverse(const struct profile *p, struct profile **out)
{
	struct profile *reversed;
	int err = profile_new(&reversed);

	*out = NULL;
	if (err)
		return err;
	err = copy_frames(p, reversed);
	if (!err)
		err = copy_stacks(p, reversed);
	if (err) {
		profile_free(reversed);
		return err;
	}
	*out = reversed;
	return 0;
}
