// SPDX-License-Identifier: BSD-2-Clause
/* test_diff.c - what changed between two profiles, and how sure that is. */
#include "flamegraph/diff.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/stacks.h"

#define CNT(array) (sizeof(array) / sizeof(*(array)))
#define EPSILON	   0.00006 /* the published values have four decimals */

/* R. G. Newcombe, Statistics in Medicine 17 (1998), table II, method 10. */
static void intervals_of_shares_are_the_published_ones(void **state)
{
	static const struct {
		double a, m, b, n, low, high;
	} rows[] = {
		{ 56, 70, 48, 80, 0.0524, 0.3339 }, { 9, 10, 3, 10, 0.1705, 0.8090 },
		{ 6, 7, 2, 7, 0.0582, 0.8062 },	    { 5, 56, 0, 29, -0.0381, 0.1926 },
		{ 0, 10, 0, 20, -0.1611, 0.2775 },  { 0, 10, 0, 10, -0.2775, 0.2775 },
		{ 10, 10, 0, 20, 0.6791, 1.0000 },  { 10, 10, 0, 10, 0.6075, 1.0000 },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		struct interval got =
			interval_share_change(rows[i].b, rows[i].n, rows[i].a, rows[i].m);

		if (fabs(got.low - rows[i].low) > EPSILON ||
		    fabs(got.high - rows[i].high) > EPSILON)
			fail_msg("row %zu: %.4f .. %.4f", i, got.low, got.high);
	}
}

static void nothing_says_nothing(void **state)
{
	assert_false(interval_is_change(interval_share_change(0, 0, 5, 10)));
	assert_false(interval_is_change(interval_share_change(5, 10, 0, 0)));
	assert_false(interval_is_change(interval_share_change(0, 0, 0, 0)));
	assert_false(interval_is_change(interval_count_change(0, 0)));
	assert_false(interval_is_change(interval_count_change(0, 3)));
	assert_true(interval_is_change(interval_count_change(0, 10)));
	assert_true(interval_is_change(interval_count_change(10, 0)));
}

/* Knuth's multiplicative generator: the same numbers everywhere. */
static double next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (double)(*seed >> 11) / 9007199254740992.0;
}

static double draw_poisson(double mean, uint64_t *seed)
{
	double limit = exp(-mean), product = next_random(seed);
	double cnt = 0;

	for (; product > limit; cnt++)
		product *= next_random(seed);
	return cnt;
}

/* Of two recordings of a program that did not change, about one in twenty shows a change. */
static void intervals_hold_what_they_promise(void **state)
{
	enum { DRAWS = 20000 };
	static const double means[] = { 3, 10, 50, 200 };
	static const double ratios[] = { 1, 1.5, 3 };
	uint64_t seed = 1;

	for (size_t i = 0; i < CNT(means); i++) {
		for (size_t j = 0; j < CNT(ratios); j++) {
			double change = means[i] * ratios[j] - means[i];
			int held = 0;

			for (int k = 0; k < DRAWS; k++) {
				double before = draw_poisson(means[i], &seed);
				double after = draw_poisson(means[i] * ratios[j], &seed);
				struct interval in = interval_count_change(before, after);

				held += in.low <= change && change <= in.high;
			}
			assert_in_range(held, 0.935 * DRAWS, 0.975 * DRAWS);
		}
	}
}

/* Both freed by the caller. */
static struct diff *diff_of(const char *before, const char *after, bool normalize)
{
	struct profile *b = profile_of(before), *a = profile_of(after);
	struct diff *d;

	assert_int_equal(diff_new(b, a, normalize, &d), 0);
	profile_free(a);
	profile_free(b);
	return d;
}

static const struct diff_function *function_of(const struct diff *d, const char *name)
{
	for (size_t i = 0; i < d->function_cnt; i++)
		if (!strcmp(profile_frame_at(d->profile, d->functions[i].frame)->name, name))
			return &d->functions[i];
	fail_msg("no function %s", name);
	return NULL;
}

static uint32_t node_of(const struct diff *d, const char *name)
{
	const struct profile_node *nodes = profile_nodes(d->profile);

	for (uint32_t i = 1; i < profile_node_cnt(d->profile); i++)
		if (!strcmp(profile_frame_at(d->profile, nodes[i].frame)->name, name))
			return i;
	fail_msg("no node %s", name);
	return 0;
}

#define BEFORE "m;a;x 500\nm;b 300\nm;c 100\nm;gone 50\n"
#define AFTER  "m;a;x 700\nm;b 310\nm;c 20\nm;new 1\n"

static void colours_show_what_the_samples_support(void **state)
{
	static const struct {
		const char *name;
		int sign;
		bool is_strongest;
	} rows[] = {
		{ "a", 1, true },   { "x", 1, true },	   { "b", 0, false },
		{ "c", -1, false }, { "gone", -1, false }, { "new", 0, false },
	};
	struct diff *d = diff_of(BEFORE, AFTER, false);

	assert_int_equal(d->changes.colors[PROFILE_ROOT], 0);
	for (size_t i = 0; i < CNT(rows); i++) {
		int color = d->changes.colors[node_of(d, rows[i].name)];

		if ((color > 0) - (color < 0) != rows[i].sign ||
		    (abs(color) == 7) != rows[i].is_strongest || abs(color) > 7)
			fail_msg("%s has colour %d", rows[i].name, color);
	}
	assert_true(d->changes.weights[node_of(d, "a")] == 200);
	assert_true(d->changes.weights[node_of(d, "gone")] == -50);
	assert_true(profile_weight(d->profile) == 1031);
	diff_free(d);
}

/* Twice as long, nothing else: counts differ, shares do not. */
static void shares_do_not_depend_on_the_length(void **state)
{
	static const char once[] = "m;a 400\nm;b 600\n", twice[] = "m;a 800\nm;b 1200\n";
	struct diff *counts = diff_of(once, twice, false), *shares = diff_of(once, twice, true);

	assert_true(counts->changes.colors[node_of(counts, "a")] > 0);
	assert_int_equal(shares->changes.colors[node_of(shares, "a")], 0);
	assert_true(shares->changes.weights[node_of(shares, "a")] == 0);
	assert_true(function_of(shares, "a")->change == 0);
	assert_true(function_of(counts, "a")->change == 400);
	diff_free(counts);
	diff_free(shares);
}

static void functions_are_listed_by_their_own_change(void **state)
{
	static const char *const names[] = { "x", "c", "gone", "b", "new", "a", "m" };
	struct diff *d = diff_of(BEFORE, AFTER, false);

	assert_int_equal(d->function_cnt, CNT(names));
	for (size_t i = 0; i < CNT(names); i++)
		assert_string_equal(profile_frame_at(d->profile, d->functions[i].frame)->name,
				    names[i]);
	assert_true(function_of(d, "m")->total.after == 1031);
	assert_true(function_of(d, "m")->self.after == 0);
	diff_free(d);
}

static void a_recursive_function_counts_once(void **state)
{
	struct diff *d = diff_of("m;r;r;q;r 7\nm;r 2\nr 1\n", "m;r;r;q;r 4\nm;q 3\n", false);
	const struct diff_function *r = function_of(d, "r"), *q = function_of(d, "q");

	assert_true(r->total.before == 10 && r->total.after == 4);
	assert_true(r->self.before == 10 && r->self.after == 4);
	assert_true(q->total.before == 7 && q->total.after == 7);
	assert_true(q->self.before == 0 && q->self.after == 3);
	diff_free(d);
}

static void empty_profiles_can_be_compared(void **state)
{
	static const struct {
		const char *before, *after;
	} rows[] = { { "", "" }, { "a 3\n", "" }, { "", "a 3\n" } };

	for (size_t i = 0; i < CNT(rows); i++) {
		for (int normalize = 0; normalize < 2; normalize++) {
			struct diff *d = diff_of(rows[i].before, rows[i].after, normalize);

			for (uint32_t j = 0; j < profile_node_cnt(d->profile); j++)
				assert_true(isfinite(d->changes.weights[j]));
			diff_free(d);
		}
	}
}

static void lines_have_both_weights(void **state)
{
	static const struct {
		const char *before, *after;
		bool normalize, no_annotations;
		const char *want;
	} rows[] = {
		{ BEFORE, AFTER, false, false,
		  "m;a;x 500 700\nm;b 300 310\nm;c 100 20\nm;gone 50 0\nm;new 0 1\n" },
		{ "a 1\nb 3\n", "a 6\nb 2\n", true, false, "a 2 6\nb 6 2\n" },
		{ "a 1\n", "", true, false, "a 0 0\n" },
		{ "a;k_[k] 1\n", "a;k_[k] 2.5\n", false, false, "a;k_[k] 1 2.5\n" },
		{ "a;k_[k] 1\n", "a;k_[k] 2.5\n", false, true, "a;k 1 2.5\n" },
		{ "a;p_[p] 1\n", "a;p 2\n", false, false, "a;p 0 2\na;p_[p] 1 0\n" },
		{ "a\tb 1\n", "", false, false, "a?b 1 0\n" },
		{ "", "", false, false, "" },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		const struct folded_opts opts = { .no_annotations = rows[i].no_annotations };
		struct diff *d = diff_of(rows[i].before, rows[i].after, rows[i].normalize);
		char *text = NULL;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		assert_int_equal(diff_write_folded(d, &opts, f), 0);
		fclose(f);
		assert_string_equal(text, rows[i].want);
		free(text);
		diff_free(d);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_of_shares_are_the_published_ones),
		cmocka_unit_test(nothing_says_nothing),
		cmocka_unit_test(intervals_hold_what_they_promise),
		cmocka_unit_test(colours_show_what_the_samples_support),
		cmocka_unit_test(shares_do_not_depend_on_the_length),
		cmocka_unit_test(functions_are_listed_by_their_own_change),
		cmocka_unit_test(a_recursive_function_counts_once),
		cmocka_unit_test(empty_profiles_can_be_compared),
		cmocka_unit_test(lines_have_both_weights),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
