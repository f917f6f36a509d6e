// SPDX-License-Identifier: BSD-2-Clause
/* test_profile.c - interning, the trie, its limits. */
#include "flamegraph/profile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
	return profile_new((struct profile **)state);
}

static int teardown(void **state)
{
	profile_free(*state);
	return 0;
}

static uint32_t frame(struct profile *p, const char *name, enum frame_kind kind)
{
	uint32_t id;

	assert_int_equal(profile_frame(p, name, strlen(name), kind, &id), 0);
	return id;
}

static void a_new_profile_is_only_a_root(void **state)
{
	struct profile *p = *state;

	assert_int_equal(profile_node_cnt(p), 1);
	assert_int_equal(profile_frame_cnt(p), 0);
	assert_int_equal(profile_depth(p), 0);
	assert_true(profile_weight(p) == 0);
	assert_int_equal(profile_nodes(p)[PROFILE_ROOT].child, 0);
	profile_free(NULL);
}

static void equal_names_of_equal_kind_are_one_frame(void **state)
{
	static const struct {
		const char *a, *b;
		enum frame_kind kind_a, kind_b;
		bool same;
	} rows[] = {
		{ "main", "main", FRAME_USER, FRAME_USER, true },
		{ "main", "main", FRAME_USER, FRAME_KERNEL, false },
		{ "eightbyt", "eightbyu", FRAME_USER, FRAME_USER, false },
		{ "more than eight", "more than eighT", FRAME_JIT, FRAME_JIT, false },
		{ "ab", "a", FRAME_INLINED, FRAME_INLINED, false },
		{ "", "[unknown]", FRAME_USER, FRAME_USER, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint32_t a = frame(*state, rows[i].a, rows[i].kind_a);
		uint32_t b = frame(*state, rows[i].b, rows[i].kind_b);

		if ((a == b) != rows[i].same)
			fail_msg("row %zu: %s and %s", i, rows[i].a, rows[i].b);
		assert_int_equal(profile_frame_at(*state, b)->kind, rows[i].kind_b);
	}
}

static void names_are_copied_and_never_move(void **state)
{
	char name[32] = "first";
	const char *kept;
	uint32_t first = frame(*state, name, FRAME_USER);

	kept = profile_frame_at(*state, first)->name;
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "function_number_%d", i);
		frame(*state, name, FRAME_USER);
	}
	assert_int_equal(profile_frame_cnt(*state), 20001);
	assert_ptr_equal(profile_frame_at(*state, first)->name, kept);
	assert_string_equal(kept, "first");
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "function_number_%d", i);
		assert_int_equal(frame(*state, name, FRAME_USER), i + 1);
	}
}

static void a_name_may_hold_any_bytes_and_be_long(void **state)
{
	size_t len = 100000;
	char *name = malloc(len);
	uint32_t long_frame, nul_frame;

	memset(name, 'x', len);
	assert_int_equal(profile_frame(*state, name, len, FRAME_USER, &long_frame), 0);
	assert_int_equal(profile_frame(*state, "a\0b", 3, FRAME_USER, &nul_frame), 0);
	assert_int_equal(profile_frame_at(*state, long_frame)->name_len, len);
	assert_memory_equal(profile_frame_at(*state, long_frame)->name, name, len);
	assert_memory_equal(profile_frame_at(*state, nul_frame)->name, "a\0b", 4);
	assert_int_not_equal(nul_frame, frame(*state, "a", FRAME_USER));
	free(name);
}

static void a_path_has_one_node(void **state)
{
	struct profile *p = *state;
	uint32_t a = frame(p, "a", FRAME_USER), b = frame(p, "b", FRAME_USER);
	uint32_t path[2], again[2], other;

	assert_int_equal(profile_walk(p, PROFILE_ROOT, (uint32_t[]){ a, b }, 2, path), 0);
	assert_int_equal(profile_child(p, PROFILE_ROOT, a, &again[0]), 0);
	assert_int_equal(profile_child(p, again[0], b, &again[1]), 0);
	assert_memory_equal(path, again, sizeof(path));
	assert_int_equal(profile_child(p, PROFILE_ROOT, b, &other), 0);
	assert_int_not_equal(other, path[1]);

	assert_int_equal(profile_nodes(p)[path[1]].parent, path[0]);
	assert_int_equal(profile_nodes(p)[path[1]].frame, b);
	assert_int_equal(profile_nodes(p)[path[1]].depth, 2);
	assert_int_equal(profile_depth(p), 2);
	assert_int_equal(profile_node_cnt(p), 4);
}

static void totals_are_self_plus_all_below(void **state)
{
	struct profile *p = *state;
	uint32_t a = frame(p, "a", FRAME_USER), b = frame(p, "b", FRAME_USER), n[3];
	double *totals;

	assert_int_equal(profile_walk(p, PROFILE_ROOT, (uint32_t[]){ a, b, a }, 3, n), 0);
	profile_add(p, n[2], 1.5);
	profile_add(p, n[1], 2);
	profile_add(p, n[1], 2);
	profile_add(p, n[0], 0.25);
	assert_int_equal(profile_totals(p, &totals), 0);
	assert_true(totals[n[2]] == 1.5);
	assert_true(totals[n[1]] == 5.5);
	assert_true(totals[n[0]] == 5.75);
	assert_true(totals[PROFILE_ROOT] == 5.75);
	assert_true(profile_weight(p) == 5.75);
	free(totals);
}

/* Enough nodes for both tables to grow several times. */
static void a_large_trie_keeps_every_path(void **state)
{
	enum { CNT = 300 };
	struct profile *p = *state;
	uint32_t frames[CNT], last = 0, seen = 0;
	char name[16];

	for (int i = 0; i < CNT; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		frames[i] = frame(p, name, FRAME_USER);
	}
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < CNT; i++)
			for (int j = 0; j < CNT; j++) {
				uint32_t path[] = { frames[i], frames[j] }, nodes[2];

				assert_int_equal(profile_walk(p, PROFILE_ROOT, path, 2, nodes), 0);
				profile_add(p, nodes[1], 1);
				last = nodes[0];
			}
	assert_int_equal(profile_node_cnt(p), 1 + CNT + CNT * CNT);
	for (uint32_t i = 1; i < profile_node_cnt(p); i++) {
		const struct profile_node *node = &profile_nodes(p)[i];

		assert_true(node->parent < i);
		assert_true(node->self == (node->depth == 2 ? 2 : 0));
	}
	for (uint32_t i = profile_nodes(p)[last].child; i; i = profile_nodes(p)[i].sibling)
		seen++;
	assert_int_equal(seen, CNT);
}

static void recursion_ends_at_the_depth_limit(void **state)
{
	struct profile *p = *state;
	uint32_t f = frame(p, "f", FRAME_USER), node, frames[PROFILE_MAX_DEPTH + 1];
	uint32_t nodes[PROFILE_MAX_DEPTH + 1];

	for (size_t i = 0; i <= PROFILE_MAX_DEPTH; i++)
		frames[i] = f;
	assert_int_equal(profile_walk(p, PROFILE_ROOT, frames, PROFILE_MAX_DEPTH, nodes), 0);
	assert_int_equal(profile_child(p, nodes[PROFILE_MAX_DEPTH - 1], f, &node), -ENOSPC);
	assert_int_equal(node, 0);
	assert_int_equal(profile_walk(p, PROFILE_ROOT, frames, PROFILE_MAX_DEPTH + 1, nodes),
			 -ENOSPC);
	assert_int_equal(profile_depth(p), PROFILE_MAX_DEPTH);
	assert_int_equal(profile_node_cnt(p), PROFILE_MAX_DEPTH + 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_new_profile_is_only_a_root),
		TEST(equal_names_of_equal_kind_are_one_frame),
		TEST(names_are_copied_and_never_move),
		TEST(a_name_may_hold_any_bytes_and_be_long),
		TEST(a_path_has_one_node),
		TEST(totals_are_self_plus_all_below),
		TEST(a_large_trie_keeps_every_path),
		TEST(recursion_ends_at_the_depth_limit),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
