// SPDX-License-Identifier: BSD-2-Clause
/* diff.c - puts both profiles into one trie, and asks of each change whether it is one. */
#include "flamegraph/diff.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/profile.h"

#define COLOR_MAX 7 /* as profile_changes says */

/* ---- both profiles in one */

/* Copy the stacks of P; COPIES gets the new number of each node. */
static int copy_stacks(const struct profile *p, struct profile *to, uint32_t *copies)
{
	const struct profile_node *nodes = profile_nodes(p);
	uint32_t *frames = reallocarray(NULL, (size_t)profile_frame_cnt(p) + 1, sizeof(*frames));
	int err = frames ? 0 : -ENOMEM;

	for (uint32_t i = 0; !err && i < profile_frame_cnt(p); i++) {
		const struct frame *frame = profile_frame_at(p, i);

		err = profile_frame(to, frame->name, frame->name_len, frame->kind, &frames[i]);
	}
	copies[PROFILE_ROOT] = PROFILE_ROOT;
	for (uint32_t i = PROFILE_ROOT + 1; !err && i < profile_node_cnt(p); i++)
		err = profile_child(to, copies[nodes[i].parent], frames[nodes[i].frame],
				    &copies[i]);
	free(frames);
	return err;
}

static int merge(struct diff *d, const struct profile *before, const struct profile *after)
{
	uint32_t before_cnt = profile_node_cnt(before), after_cnt = profile_node_cnt(after);
	uint32_t *copies = reallocarray(NULL, before_cnt > after_cnt ? before_cnt : after_cnt,
					sizeof(*copies));
	uint32_t *before_copies = reallocarray(NULL, before_cnt, sizeof(*before_copies));
	int err = copies && before_copies ? 0 : -ENOMEM;

	if (!err)
		err = copy_stacks(after, d->profile, copies);
	for (uint32_t i = 0; !err && i < after_cnt; i++)
		profile_add(d->profile, copies[i], profile_nodes(after)[i].self);
	if (!err)
		err = copy_stacks(before, d->profile, before_copies);
	if (!err) {
		d->before = calloc(profile_node_cnt(d->profile), sizeof(*d->before));
		err = d->before ? 0 : -ENOMEM;
	}
	for (uint32_t i = 0; !err && i < before_cnt; i++)
		d->before[before_copies[i]] += profile_nodes(before)[i].self;
	free(copies);
	free(before_copies);
	return err;
}

/* ---- changes */

static double change_of(const struct diff *d, struct diff_weights w)
{
	if (!d->normalized)
		return w.after - w.before;
	return (d->all.after > 0 ? w.after / d->all.after : 0) -
	       (d->all.before > 0 ? w.before / d->all.before : 0);
}

static struct interval interval_of(const struct diff *d, struct diff_weights w)
{
	if (!d->normalized)
		return interval_count_change(w.before, w.after);
	return interval_share_change(w.before, d->all.before, w.after, d->all.after);
}

/* Sum up what each node and all below it weighed before. */
static double *before_totals(const struct diff *d)
{
	const struct profile_node *nodes = profile_nodes(d->profile);
	uint32_t cnt = profile_node_cnt(d->profile);
	double *totals = reallocarray(NULL, cnt, sizeof(*totals));

	if (!totals)
		return NULL;
	memcpy(totals, d->before, cnt * sizeof(*totals));
	for (uint32_t i = cnt - 1; i > PROFILE_ROOT; i--)
		totals[nodes[i].parent] += totals[i];
	return totals;
}

/* A change that the samples support gets a color of 1 to 7, the largest the strongest. */
static void set_colors(const struct diff *d, const struct diff_weights *totals, signed char *colors)
{
	uint32_t cnt = profile_node_cnt(d->profile);
	double largest = 0;

	for (uint32_t i = PROFILE_ROOT + 1; i < cnt; i++) {
		colors[i] = interval_is_change(interval_of(d, totals[i]));
		if (colors[i])
			largest = fmax(largest, fabs(change_of(d, totals[i])));
	}
	for (uint32_t i = PROFILE_ROOT + 1; i < cnt; i++) {
		double change = change_of(d, totals[i]);
		int strength = (int)ceil(COLOR_MAX * sqrt(fabs(change) / largest));

		if (colors[i] && largest > 0)
			colors[i] = (signed char)(change < 0 ? -strength : strength);
	}
}

static int make_changes(struct diff *d, const struct diff_weights *totals)
{
	uint32_t cnt = profile_node_cnt(d->profile);
	double *weights = reallocarray(NULL, cnt, sizeof(*weights));
	signed char *colors = calloc(cnt, sizeof(*colors));
	double scale = d->normalized && d->all.before > 0 ? d->all.after / d->all.before : 1;

	d->changes = (struct profile_changes){ weights, colors };
	if (!weights || !colors)
		return -ENOMEM;
	for (uint32_t i = 0; i < cnt; i++)
		weights[i] = totals[i].after - totals[i].before * scale;
	set_colors(d, totals, colors);
	return 0;
}

/* ---- functions */

static void add_weights(struct diff_weights *to, struct diff_weights w)
{
	to->before += w.before;
	to->after += w.after;
}

/*
 * Sum up self and total of each function.  The walk goes down to children and over siblings;
 * OPEN says how often a function is on the way from the root, as only its outermost call counts.
 */
static void sum_functions(struct diff *d, const struct diff_weights *totals, uint32_t *open)
{
	const struct profile_node *nodes = profile_nodes(d->profile);
	uint32_t at = nodes[PROFILE_ROOT].child;

	while (at) {
		struct diff_function *function = &d->functions[nodes[at].frame];

		add_weights(&function->self,
			    (struct diff_weights){ d->before[at], nodes[at].self });
		if (!open[nodes[at].frame]++)
			add_weights(&function->total, totals[at]);
		if (nodes[at].child) {
			at = nodes[at].child;
			continue;
		}
		while (at) {
			open[nodes[at].frame]--;
			if (nodes[at].sibling)
				break;
			at = nodes[at].parent;
		}
		at = nodes[at].sibling;
	}
}

static int function_order(const void *left, const void *right, void *diff)
{
	const struct diff_function *a = left, *b = right;
	const struct diff *d = diff;
	const struct frame *fa, *fb;
	int order;

	if (fabs(a->change) != fabs(b->change))
		return fabs(a->change) < fabs(b->change) ? 1 : -1;
	fa = profile_frame_at(d->profile, a->frame);
	fb = profile_frame_at(d->profile, b->frame);
	order = strcmp(fa->name, fb->name);
	return order ? order : (fa->kind > fb->kind) - (fa->kind < fb->kind);
}

static int make_functions(struct diff *d, const struct diff_weights *totals)
{
	uint32_t cnt = profile_frame_cnt(d->profile);
	uint32_t *open = calloc((size_t)cnt + 1, sizeof(*open));

	d->functions = calloc((size_t)cnt + 1, sizeof(*d->functions));
	d->function_cnt = cnt;
	if (!open || !d->functions) {
		free(open);
		return -ENOMEM;
	}
	sum_functions(d, totals, open);
	free(open);
	for (uint32_t i = 0; i < cnt; i++) {
		d->functions[i].frame = i;
		d->functions[i].change = change_of(d, d->functions[i].self);
		d->functions[i].interval = interval_of(d, d->functions[i].self);
	}
	qsort_r(d->functions, cnt, sizeof(*d->functions), function_order, d);
	return 0;
}

/* Sum up what each node and all below it weighed before and weighs after. */
static int make_totals(const struct diff *d, struct diff_weights **out)
{
	uint32_t cnt = profile_node_cnt(d->profile);
	double *before = before_totals(d), *after = NULL;
	struct diff_weights *totals = reallocarray(NULL, cnt, sizeof(*totals));
	int err = before && totals ? profile_totals(d->profile, &after) : -ENOMEM;

	for (uint32_t i = 0; !err && i < cnt; i++)
		totals[i] = (struct diff_weights){ before[i], after[i] };
	free(before);
	free(after);
	if (err) {
		free(totals);
		totals = NULL;
	}
	*out = totals;
	return err;
}

int diff_new(const struct profile *before, const struct profile *after, bool normalize,
	     struct diff **out)
{
	struct diff *d = calloc(1, sizeof(*d));
	struct diff_weights *totals = NULL;
	int err;

	*out = NULL;
	if (!d)
		return -ENOMEM;
	d->normalized = normalize;
	d->all = (struct diff_weights){ profile_weight(before), profile_weight(after) };
	err = profile_new(&d->profile);
	if (!err)
		err = merge(d, before, after);
	if (!err)
		err = make_totals(d, &totals);
	if (!err)
		err = make_changes(d, totals);
	if (!err)
		err = make_functions(d, totals);
	free(totals);
	if (err) {
		diff_free(d);
		return err;
	}
	*out = d;
	return 0;
}

void diff_free(struct diff *d)
{
	if (!d)
		return;
	profile_free(d->profile);
	free(d->before);
	free((double *)d->changes.weights);
	free((signed char *)d->changes.colors);
	free(d->functions);
	free(d);
}
