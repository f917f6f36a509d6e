// SPDX-License-Identifier: BSD-2-Clause
/* diff_folded.c - writes two profiles as text, a line for each stack. */
#include "flamegraph/diff.h"

#include <errno.h>
#include <stdlib.h>

#include "flamegraph/out.h"
#include "flamegraph/profile.h"
#include "flamegraph/walk.h"

struct diff_writer {
	const struct diff *d;
	double scale; /* by which the weights before are multiplied */
	bool no_annotations;
	struct out out;
};

static void put_frame(struct diff_writer *w, const struct frame *frame)
{
	for (uint32_t i = 0; i < frame->name_len; i++) {
		char c = frame->name[i];

		/* The marks are those of folded.c. */
		if (c == ';')
			c = ':';
		else if ((unsigned char)c < ' ' || c == '\x7f')
			c = '?';
		out_bytes(&w->out, &c, 1);
	}
	if (!w->no_annotations)
		out_str(&w->out, frame_annotation(frame->kind));
}

static void put_weight(struct diff_writer *w, double weight)
{
	char text[OUT_WEIGHT_SIZE];

	out_bytes(&w->out, " ", 1);
	out_bytes(&w->out, text, out_format_weight(text, weight));
}

static int put_stack(void *ctx, const struct walk_stack *stack)
{
	struct diff_writer *w = ctx;

	for (size_t i = 0; i < stack->depth; i++) {
		if (i)
			out_bytes(&w->out, ";", 1);
		put_frame(w, profile_frame_at(w->d->profile, stack->frames[i]));
	}
	put_weight(w, w->d->before[stack->node] * w->scale);
	put_weight(w, profile_nodes(w->d->profile)[stack->node].self);
	out_bytes(&w->out, "\n", 1);
	return 0;
}

/* Copy the profile so that a stack weighs what it did before and does after together. */
static int sum_both(const struct diff *d, struct profile **out)
{
	const struct profile_node *nodes = profile_nodes(d->profile);
	struct profile *sum;
	uint32_t same = 0;
	int err = profile_new(&sum);

	*out = sum;
	for (uint32_t i = 0; !err && i < profile_frame_cnt(d->profile); i++) {
		const struct frame *frame = profile_frame_at(d->profile, i);

		err = profile_frame(sum, frame->name, frame->name_len, frame->kind, &same);
	}
	for (uint32_t i = PROFILE_ROOT + 1; !err && i < profile_node_cnt(d->profile); i++) {
		err = profile_child(sum, nodes[i].parent, nodes[i].frame, &same);
		if (!err)
			profile_add(sum, same, nodes[i].self + d->before[i]);
	}
	return err;
}

int diff_write_folded(const struct diff *d, const struct folded_opts *opts, FILE *f)
{
	struct diff_writer *w = calloc(1, sizeof(*w));
	struct profile *sum = NULL;
	int err = w ? sum_both(d, &sum) : -ENOMEM, out_err = 0;

	if (w) {
		w->d = d;
		w->scale = d->normalized && d->all.before > 0 ? d->all.after / d->all.before : 1;
		w->no_annotations = opts && opts->no_annotations;
		out_init(&w->out, f);
		if (!err)
			err = walk_stacks(sum, put_stack, w);
		out_err = out_finish(&w->out);
	}
	profile_free(sum);
	free(w);
	return err ? err : out_err;
}
