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

/* TEXT: frames with a ';' between. */
static size_t split(const char *text, struct profile_step *steps)
{
	size_t cnt = 0;

	for (const char *end = text; *end; text = end + 1) {
		end = strchrnul(text, ';');
		steps[cnt++] = (struct profile_step){ text, end - text, FRAME_USER, 0 };
	}
	return cnt;
}

static double self_of(struct profile *p, const char *text)
{
	struct profile_step steps[64];
	size_t cnt = split(text, steps), node_cnt = profile_node_cnt(p);
	uint32_t node = PROFILE_ROOT, id;

	for (size_t i = 0; i < cnt; i++) {
		assert_int_equal(profile_frame(p, steps[i].name, steps[i].name_len, FRAME_USER,
					       &id),
				 0);
		assert_int_equal(profile_child(p, node, id, &node), 0);
	}
	assert_int_equal(profile_node_cnt(p), node_cnt);
	return profile_nodes(p)[node].self;
}

/* Their beginnings are known in all depths, from none to all; some meet in the same call. */
static void stacks_added_together_are_those_walked_to(void **state)
{
	static const char *const rows[] = {
		"a;b;c",
		"a;b;c",
		"a;b",
		"a;b;d",
		"x",
		"a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p",
		"a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;q",
		"a;b;c;1;2;3;4;5;6;7;8;9;10;11;12",
		"a;;b",
	};
	enum { CNT = sizeof(rows) / sizeof(*rows) };
	struct profile_step steps[CNT][64];
	struct profile_stack stacks[CNT];
	struct profile *p = *state;

	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < CNT; i++) {
			stacks[i] = (struct profile_stack){ steps[i], split(rows[i], steps[i]),
							    (double)(1U << i) };
			profile_hash(p, steps[i], 0, stacks[i].cnt);
		}
		assert_int_equal(profile_add_stacks(p, stacks, CNT), 0);
	}
	assert_int_equal(profile_node_cnt(p), 1 + 3 + 1 + 1 + 13 + 1 + 12 + 2);
	assert_true(self_of(p, rows[0]) == 2 * (1 + 2));
	for (size_t i = 2; i < CNT; i++)
		assert_true(self_of(p, rows[i]) == 2.0 * (1U << i));
}

static void a_hash_that_goes_on_is_that_of_the_whole_path(void **state)
{
	struct profile_step whole[8], parts[8];
	size_t cnt = split("one;two;three;a name of more than sixteen bytes", whole);

	memcpy(parts, whole, sizeof(parts));
	profile_hash(*state, whole, 0, cnt);
	profile_hash(*state, parts, 0, 2);
	profile_hash(*state, parts, 2, cnt);
	for (size_t i = 0; i < cnt; i++)
		assert_true(whole[i].hash && whole[i].hash == parts[i].hash);
	assert_true(whole[0].hash != whole[1].hash);
}

static void appended_nodes_are_not_merged_and_know_their_start(void **state)
{
	struct profile *p = *state;
	uint32_t f = frame(p, "f", FRAME_USER), first, second, found;

	assert_null(profile_starts(p));
	assert_int_equal(profile_append(p, PROFILE_ROOT, f, &first), 0);
	profile_add(p, first, 2.5);
	for (int i = 0; i < 5000; i++) /* the arrays grow */
		assert_int_equal(profile_append(p, PROFILE_ROOT, f, &second), 0);
	assert_int_not_equal(first, second);
	assert_true(profile_starts(p)[first] == 0);
	assert_true(profile_starts(p)[second] == 2.5);
	assert_int_equal(profile_child(p, PROFILE_ROOT, f, &found), 0);
	assert_int_equal(found, profile_node_cnt(p) - 1);
}

static void reversed_stacks_begin_with_their_innermost_frame(void **state)
{
	static const char *const rows[] = { "a;b;c", "a;b", "x;b" };
	struct profile *p = *state, *reversed;

	for (size_t i = 0; i < 3; i++) {
		struct profile_step steps[8];
		struct profile_stack stack = { steps, split(rows[i], steps), i + 1 };

		profile_hash(p, steps, 0, stack.cnt);
		assert_int_equal(profile_add_stacks(p, &stack, 1), 0);
	}
	assert_int_equal(profile_reverse(p, &reversed), 0);
	assert_true(self_of(reversed, "c;b;a") == 1);
	assert_true(self_of(reversed, "b;a") == 2);
	assert_true(self_of(reversed, "b;x") == 3);
	assert_true(profile_weight(reversed) == 6);
	assert_int_equal(profile_node_cnt(reversed), 7);
	profile_free(reversed);
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
		TEST(stacks_added_together_are_those_walked_to),
		TEST(a_hash_that_goes_on_is_that_of_the_whole_path),
		TEST(reversed_stacks_begin_with_their_innermost_frame),
		TEST(appended_nodes_are_not_merged_and_know_their_start),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
