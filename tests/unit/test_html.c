// SPDX-License-Identifier: BSD-2-Clause
/* test_html.c - the page: names stay text, its policy names its script, the data are the profile. */
#include "flamegraph/formats.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flamegraph/html_data.h"
#include "flamegraph/out.h"
#include "flamegraph/profile.h"
#include "flamegraph/sha256.h"
#include "tests/unit/golden.h"

#define CNT(array) (sizeof(array) / sizeof(*(array)))

static struct profile *read_text(const char *text)
{
	FILE *f = fmemopen((void *)text, strlen(text) + !*text, "r");
	struct folded_result result;
	struct profile *p;

	assert_non_null(f);
	assert_int_equal(profile_new(&p), 0);
	assert_int_equal(folded_read(p, f, &result), 0);
	fclose(f);
	return p;
}

/* To be freed. */
static char *draw(const char *text, const struct picture_opts *opts)
{
	struct profile *p = read_text(text);
	char *html = NULL;
	size_t len;
	FILE *f = open_memstream(&html, &len);

	assert_int_equal(html_write(p, opts, f), 0);
	fclose(f);
	assert_int_equal(strlen(html), len);
	profile_free(p);
	return html;
}

/* What stands between START and END, both of which must be there; to be freed. */
static char *between(const char *text, const char *start, const char *end)
{
	const char *from = strstr(text, start), *to;

	assert_non_null(from);
	from += strlen(start);
	to = strstr(from, end);
	assert_non_null(to);
	return strndup(from, to - from);
}

static size_t count(const char *text, const char *what)
{
	size_t cnt = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		cnt++;
	}
	return cnt;
}

/* In base64; to be freed. */
static char *digest_of(const char *text, size_t len)
{
	uint8_t digest[SHA256_SIZE];
	char *base64 = NULL;
	size_t base64_len;
	struct out o;

	sha256(text, len, digest);
	out_init(&o, open_memstream(&base64, &base64_len));
	base64_write(&o, digest, sizeof(digest));
	assert_int_equal(out_finish(&o), 0);
	fclose(o.f);
	return base64;
}

/* The digests of the first three are published with FIPS 180; all lengths around a block's end. */
static void sha256_is_that_of_the_standard(void **state)
{
	static const struct {
		char byte;
		size_t len;
		const char *text, *base64;
	} rows[] = {
		{ 0, 3, "abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=" },
		{ 0, 0, "", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
		{ 0, 56, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE=" },
		{ 'a', 55, NULL, "n0OQ+NMMLdkuyfCVtl4rmumwqSWlJY4kHJ8ekQ9zQxg=" },
		{ 'a', 63, NULL, "fT50oF19sVvOStnsBljqmOPwbu7PFrTG//LaRX3cLzQ=" },
		{ 'a', 64, NULL, "/+BU/nrgy23GXDr5th1SCfQ5hR20PQulmXM33xVGaOs=" },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		char text[65], *base64;

		memset(text, rows[i].byte, sizeof(text));
		if (rows[i].text)
			memcpy(text, rows[i].text, rows[i].len);
		base64 = digest_of(text, rows[i].len);
		assert_string_equal(base64, rows[i].base64);
		free(base64);
	}
}

static void base64_pads(void **state)
{
	static const char *const rows[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==" };
	char text[64];
	struct out o;

	for (size_t i = 0; i < CNT(rows); i++) {
		memset(text, 0, sizeof(text));
		out_init(&o, fmemopen(text, sizeof(text), "w"));
		base64_write(&o, (const uint8_t *)"foob", i);
		assert_int_equal(out_finish(&o), 0);
		fclose(o.f);
		assert_string_equal(text, rows[i]);
	}
}

/* With other bytes than those of the policy the browser would run nothing. */
static void the_policy_names_the_script_and_the_style_by_their_hash(void **state)
{
	static const char *const parts[][3] = {
		{ "<script>", "</script>", "script-src" },
		{ "<style>", "</style>", "style-src" },
	};
	char *html = draw("a;b 1\n", NULL);
	char *policy = between(html, "Content-Security-Policy\" content=\"", "\"");

	assert_non_null(strstr(policy, "default-src 'none'"));
	assert_null(strstr(policy, "unsafe"));
	for (size_t i = 0; i < CNT(parts); i++) {
		char *text = between(html, parts[i][0], parts[i][1]), want[128];
		char *base64 = digest_of(text, strlen(text));

		snprintf(want, sizeof(want), "%s 'sha256-%s'", parts[i][2], base64);
		if (!strstr(policy, want))
			fail_msg("no %s in %s", want, policy);
		free(base64);
		free(text);
	}
	free(policy);
	free(html);
}

static void nothing_of_a_name_is_markup(void **state)
{
	static const char evil[] = "</script><script>alert(1)</script><!--\"\\\x01\xff";
	struct picture_opts opts;
	char in[128], *html, *data;

	picture_opts_init(&opts);
	opts.title = opts.subtitle = opts.count_name = opts.notes = evil;
	snprintf(in, sizeof(in), "main;%s 1\n", evil);
	html = draw(in, &opts);
	assert_int_equal(count(html, "<script"), 2);
	assert_int_equal(count(html, "</script"), 2);
	assert_int_equal(count(html, "<!--"), 0);
	data = between(html, "id=\"data\">", "</script>");
	assert_int_equal(count(data, "\"\\u003c/script\\u003e\\u003cscript\\u003ealert(1)"
				     "\\u003c/script\\u003e\\u003c!--\\\"\\\\?\xef\xbf\xbd\""),
			 5);
	assert_null(strpbrk(data, "<>&\x01"));
	free(data);
	free(html);
}

static uint64_t take(const uint8_t **at)
{
	uint64_t value = 0;

	for (int shift = 0;; shift += 7) {
		value |= (uint64_t)(**at & 127) << shift;
		if (*(*at)++ < 128)
			return value;
	}
}

static void the_data_are_the_profile_in_preorder(void **state)
{
	struct profile *p = read_text("a;m 1.5\na;m;x 200\na;b 0.5\nm 1\n");
	struct html_data data;
	const uint8_t *at;

	assert_int_equal(html_data_init(&data, p, 0, NULL), 0);
	assert_int_equal(data.decimals, 1);
	assert_int_equal(data.frame_cnt, 4);
	assert_int_equal(data.node_cnt, 5);
	at = data.nodes;
	/* Frame m is used twice, so it is the first; siblings by name: b before m. */
	assert_int_equal(take(&at), 0);
	assert_int_equal(take(&at), 1);
	assert_int_equal(take(&at), 1);
	assert_int_equal(take(&at), 2);
	assert_int_equal(take(&at), 5);
	assert_int_equal(take(&at), 3); /* up one, with a self */
	assert_int_equal(take(&at), 0);
	assert_int_equal(take(&at), 15);
	assert_int_equal(take(&at), 1);
	assert_int_equal(take(&at), 3);
	assert_int_equal(take(&at), 2000);
	assert_int_equal(take(&at), 7); /* up three */
	assert_int_equal(take(&at), 0);
	assert_int_equal(take(&at), 10);
	assert_ptr_equal(at, data.nodes + data.nodes_len);
	html_data_fini(&data);
	profile_free(p);
}

static void what_is_left_out_keeps_its_weight_above(void **state)
{
	struct profile *p = read_text("a;big 90\na;small;x 6\na;small 2\nlone 2\n");
	struct html_data data;
	const uint8_t *at;

	assert_int_equal(html_data_init(&data, p, 10, NULL), 0);
	assert_int_equal(data.node_cnt, 2);
	at = data.nodes;
	assert_int_equal(take(&at), 1);
	take(&at);
	assert_int_equal(take(&at), 8);
	assert_int_equal(take(&at), 1);
	take(&at);
	assert_int_equal(take(&at), 90);
	html_data_fini(&data);
	profile_free(p);
}

static void changes_follow_each_node(void **state)
{
	double weights[] = { 2, 3, -1.5 };
	signed char colors[] = { 0, 7, -7 };
	struct profile_changes changes = { weights, colors };
	struct profile *p = read_text("a 4.5\nb 1\n");
	struct html_data data;
	const uint8_t *at;

	assert_int_equal(html_data_init(&data, p, 0, &changes), 0);
	at = data.nodes;
	for (int i = 0; i < 3; i++)
		take(&at);
	assert_int_equal(take(&at), 60); /* 3.0, zigzag */
	assert_int_equal(take(&at), 14);
	for (int i = 0; i < 3; i++)
		take(&at);
	assert_int_equal(take(&at), 29); /* -1.5 */
	assert_int_equal(take(&at), 0);
	assert_true(data.change == 2);
	html_data_fini(&data);
	profile_free(p);
}

static void the_order_of_the_input_makes_no_difference(void **state)
{
	char *a = draw("m;x;y 1\nm;x 2\nm;a_[k] 3\nn 4\n", NULL);
	char *b = draw("n 4\nm;x 1\nm;a_[k] 3\nm;x 1\nm;x;y 1\n", NULL);

	assert_string_equal(a, b);
	free(a);
	free(b);
}

static void what_cannot_be_used_is_refused(void **state)
{
	struct picture_opts rows[5];
	struct profile *p = read_text("a 1\n");
	FILE *full = fopen("/dev/full", "w"), *f = tmpfile();

	for (size_t i = 0; i < CNT(rows); i++)
		picture_opts_init(&rows[i]);
	rows[0].colors = "pink";
	rows[1].background = "#12";
	rows[2].factor = 0;
	rows[3].total = NAN;
	rows[4].min_width = -1;
	for (size_t i = 0; i < CNT(rows); i++)
		assert_int_equal(html_write(p, &rows[i], f), -EINVAL);
	assert_int_equal(ftell(f), 0);
	assert_int_equal(html_write(p, NULL, full), -ENOSPC);
	fclose(full);
	fclose(f);
	profile_free(p);
}

/* The data only: the viewer beside them changes more often. */
static void the_golden_data_are_as_expected(void **state)
{
	static const char *const rows[][2] = {
		{ "tests/golden/kinds.folded", "tests/golden/kinds.html.json" },
		{ "tests/golden/interpreted.folded", "tests/golden/interpreted.html.json" },
		{ "tests/golden/hostile.folded", "tests/golden/hostile.html.json" },
		{ "tests/golden/empty.folded", "tests/golden/empty.html.json" },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		size_t len;
		char *in = golden_slurp(rows[i][0], &len), *html = draw(in, NULL);
		char *data = between(html, "id=\"data\">\n", "</script>");

		golden_compare(rows[i][1], data, strlen(data));
		free(data);
		free(html);
		free(in);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_is_that_of_the_standard),
		cmocka_unit_test(base64_pads),
		cmocka_unit_test(the_policy_names_the_script_and_the_style_by_their_hash),
		cmocka_unit_test(nothing_of_a_name_is_markup),
		cmocka_unit_test(the_data_are_the_profile_in_preorder),
		cmocka_unit_test(what_is_left_out_keeps_its_weight_above),
		cmocka_unit_test(changes_follow_each_node),
		cmocka_unit_test(the_order_of_the_input_makes_no_difference),
		cmocka_unit_test(what_cannot_be_used_is_refused),
		cmocka_unit_test(the_golden_data_are_as_expected),
	};

	return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
