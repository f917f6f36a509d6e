// SPDX-License-Identifier: BSD-2-Clause
/* test_layout.c - rectangles: order, place, what is left out. */
#include "flamegraph/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/stacks.h"

#define CNT(array) (sizeof(array) / sizeof(*(array)))

/* "name@depth x+width", one after the other, spaces between.  To be freed. */
static char *describe(const struct profile *p, const struct layout *l)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (size_t i = 0; i < l->rect_cnt; i++) {
		const struct layout_rect *r = &l->rects[i];
		const char *name =
			r->node == PROFILE_ROOT
				? "all"
				: profile_frame_at(p, profile_nodes(p)[r->node].frame)->name;

		fprintf(f, "%s%s@%u %g+%g", i ? ", " : "", name, r->depth, r->x, r->width);
	}
	fclose(f);
	return text;
}

static void frames_are_placed_by_weight_and_name(void **state)
{
	static const struct {
		const char *name, *in;
		double min_weight;
		const char *out;
		uint32_t depth_cnt;
	} rows[] = {
		{ "an empty profile has no rectangles", "", 0, "", 0 },
		{ "a zero weight is no weight", "a 0\n", 0, "", 0 },
		{ "one stack is a tower", "a;b 2\n", 0, "all@0 0+2, a@1 0+2, b@2 0+2", 3 },
		{ "siblings go by name, whatever came first", "b 1\na 2\n", 0,
		  "all@0 0+3, a@1 0+2, b@1 2+1", 2 },
		{ "a prefix comes before the longer name", "ab 1\na 1\n", 0,
		  "all@0 0+2, a@1 0+1, ab@1 1+1", 2 },
		{ "equal names go by kind", "a_[j] 1\na_[k] 2\na 3\n", 0,
		  "all@0 0+6, a@1 0+3, a@1 3+2, a@1 5+1", 2 },
		{ "own weight is at the right end", "a 3\na;b 1\na;c 2\n", 0,
		  "all@0 0+6, a@1 0+6, b@2 0+1, c@2 1+2", 3 },
		{ "fractions are places too", "a 0.5\nb 0.25\n", 0,
		  "all@0 0+0.75, a@1 0+0.5, b@1 0.5+0.25", 2 },
		{ "narrow frames leave their place at the right end", "a 1\nb 9\nc 5\n", 2,
		  "all@0 0+15, b@1 0+9, c@1 9+5", 2 },
		{ "what is below a narrow frame is left out with it", "a;b;c 1\nd 9\n", 2,
		  "all@0 0+10, d@1 0+9", 2 },
		{ "the limit itself is drawn", "a 2\nb 1.5\n", 2, "all@0 0+3.5, a@1 0+2", 2 },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		struct profile *p = profile_of(rows[i].in);
		struct layout *l;
		char *out;

		assert_int_equal(layout_new(p, rows[i].min_weight, &l), 0);
		out = describe(p, l);
		if (strcmp(out, rows[i].out) || l->depth_cnt != rows[i].depth_cnt)
			fail_msg("%s: %u rows, %s", rows[i].name, l->depth_cnt, out);
		free(out);
		layout_free(l);
		profile_free(p);
	}
	layout_free(NULL);
}

/* A few hundred stacks over five names. */
static struct profile *random_profile(void)
{
	struct profile *p;
	uint32_t seed = 7, frames[5], node;

	assert_int_equal(profile_new(&p), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(profile_frame(p, &"abcde"[i], 1, FRAME_USER, &frames[i]), 0);
	for (int i = 0; i < 500; i++) {
		node = PROFILE_ROOT;
		for (int depth = 0; depth < 8; depth++) {
			seed = seed * 1664525 + 1013904223;
			assert_int_equal(profile_child(p, node, frames[(seed >> 16) % 5], &node),
					 0);
			if (seed >> 28 < 4)
				break;
		}
		profile_add(p, node, 1 + seed % 9);
	}
	return p;
}

static void frames_lie_on_their_parents_side_by_side(void **state)
{
	struct profile *p = random_profile();
	const struct layout_rect *last[16] = { NULL };
	struct layout *l;

	assert_int_equal(layout_new(p, 0, &l), 0);
	assert_int_equal(l->rect_cnt, profile_node_cnt(p));
	for (size_t i = 0; i < l->rect_cnt; i++) {
		const struct layout_rect *r = &l->rects[i], *parent, *left = last[r->depth];

		assert_int_equal(r->depth, profile_nodes(p)[r->node].depth);
		assert_true(!left || r->x >= left->x + left->width);
		last[r->depth] = r;
		if (!r->depth)
			continue;
		parent = last[r->depth - 1];
		assert_int_equal(parent->node, profile_nodes(p)[r->node].parent);
		assert_true(r->x >= parent->x && r->x + r->width <= parent->x + parent->width);
	}
	layout_free(l);
	profile_free(p);
}

static void the_deepest_stack_needs_no_recursion(void **state)
{
	struct profile *p;
	uint32_t frame, node = PROFILE_ROOT;
	struct layout *l;

	assert_int_equal(profile_new(&p), 0);
	assert_int_equal(profile_frame(p, "f", 1, FRAME_USER, &frame), 0);
	for (int i = 0; i < PROFILE_MAX_DEPTH; i++)
		assert_int_equal(profile_child(p, node, frame, &node), 0);
	profile_add(p, node, 1);
	assert_int_equal(layout_new(p, 0, &l), 0);
	assert_int_equal(l->rect_cnt, PROFILE_MAX_DEPTH + 1);
	assert_int_equal(l->depth_cnt, PROFILE_MAX_DEPTH + 1);
	layout_free(l);
	profile_free(p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_placed_by_weight_and_name),
		cmocka_unit_test(frames_lie_on_their_parents_side_by_side),
		cmocka_unit_test(the_deepest_stack_needs_no_recursion),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
