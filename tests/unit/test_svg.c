// SPDX-License-Identifier: BSD-2-Clause
/* test_svg.c - the picture: well-formed whatever the names, complete, the same each time. */
#include "flamegraph/formats.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/golden.h"
#include "tests/unit/stacks.h"

#define CNT(array)  (sizeof(array) / sizeof(*(array)))
#define MAX_NESTING 8

/* To be freed. */
static char *draw(const struct profile *p, const struct picture_opts *opts, size_t *len)
{
	char *svg = NULL;
	FILE *f = open_memstream(&svg, len);

	assert_non_null(f);
	assert_int_equal(svg_write(p, opts, f), 0);
	fclose(f);
	return svg;
}

static char *draw_text(const char *text, const struct picture_opts *opts)
{
	struct profile *p = profile_of(text);
	size_t len;
	char *svg = draw(p, opts, &len);

	profile_free(p);
	return svg;
}

static struct picture_opts still_picture(void)
{
	struct picture_opts opts;

	picture_opts_init(&opts);
	opts.no_script = true;
	return opts;
}

static bool starts_with(const char *s, const char *start)
{
	return !strncmp(s, start, strlen(start));
}

/* One start or end tag at S; returns what follows it. */
static const char *check_tag(const char *s, const char *stack[], size_t *depth)
{
	static const char *const known[] = { "svg",  "title", "metadata", "style",
					     "rect", "text",  "g",	  "script" };
	bool is_end = s[1] == '/', in_quotes = false;
	size_t i = 0, len;

	s += 1 + is_end;
	len = strcspn(s, " />");
	while (i < CNT(known) && (strlen(known[i]) != len || strncmp(known[i], s, len)))
		i++;
	if (i == CNT(known))
		fail_msg("unexpected element: %.40s", s);
	if (is_end) {
		assert_true(*depth > 0);
		assert_ptr_equal(stack[--*depth], known[i]);
	}
	for (; *s && (in_quotes || *s != '>'); s++) {
		in_quotes ^= *s == '"';
		assert_true(*s != '<');
		assert_false(starts_with(s, " on")); /* no event attributes */
	}
	if (!is_end && s[-1] != '/') {
		assert_true(*depth < MAX_NESTING);
		stack[(*depth)++] = known[i];
	}
	return s + 1;
}

/* Only our own elements, closed in order; only entities that XML knows by itself. */
static void assert_well_formed(const char *svg)
{
	static const char *const entities[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&#39;" };
	const char *stack[MAX_NESTING], *s = strchr(svg, '\n');
	size_t depth = 0, i;

	assert_true(starts_with(svg, "<?xml "));
	while (*s) {
		if (starts_with(s, "<![CDATA[")) {
			s = strstr(s, "]]>") + 3;
		} else if (*s == '<') {
			s = check_tag(s, stack, &depth);
		} else if (*s == '&') {
			for (i = 0; i < CNT(entities) && !starts_with(s, entities[i]); i++)
				;
			if (i == CNT(entities))
				fail_msg("bare &: %.40s", s);
			s += strlen(entities[i]);
		} else {
			assert_true((unsigned char)*s >= ' ' || *s == '\n' || *s == '\t');
			assert_false(starts_with(s, "]]>"));
			s++;
		}
	}
	assert_int_equal(depth, 0);
}

static void assert_valid_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t more = *s < 0x80 ? 0 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : 3;

		assert_true(*s < 0x80 || (*s >= 0xc2 && *s <= 0xf4));
		for (s++; more--; s++)
			assert_int_equal(*s & 0xc0, 0x80);
	}
}

static void every_name_is_text_and_nothing_else(void **state)
{
	static const struct {
		const char *name, *drawn;
	} rows[] = {
		{ "main", "main" },
		{ "</script><script>alert(1)</script>",
		  "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;" },
		{ "\"><img onerror=alert(1)>", "&quot;&gt;&lt;img onerror=alert(1)&gt;" },
		{ "]]>", "]]&gt;" },
		{ "a&b'c", "a&amp;b&#39;c" },
		{ "bell\x07"
		  "esc\x1b"
		  "del\x7f",
		  "bell?esc?del?" },
		{ "c1 \xc2\x85 control", "c1 ? control" },
		{ "ends in half \xe2\x82", "ends in half \xef\xbf\xbd\xef\xbf\xbd" },
		{ "lone \xff byte", "lone \xef\xbf\xbd byte" },
		{ "overlong \xc0\xaf", "overlong \xef\xbf\xbd\xef\xbf\xbd" },
		{ "surrogate \xed\xa0\x80", "surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "beyond \xf4\x90\x80\x80",
		  "beyond \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "not in XML \xef\xbf\xbf", "not in XML \xef\xbf\xbd" },
		{ "turned \xe2\x80\xae"
		  "around",
		  "turned \xef\xbf\xbd"
		  "around" },
		{ "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d" },
		{ "fire \xf0\x9f\x94\xa5", "fire \xf0\x9f\x94\xa5" },
	};
	struct picture_opts opts;

	picture_opts_init(&opts);
	for (size_t i = 0; i < CNT(rows); i++) {
		char in[128], want[256], *svg;

		snprintf(in, sizeof(in), "%s 2\n", rows[i].name);
		snprintf(want, sizeof(want), "<title>%s (2 samples, 100%%)</title>", rows[i].drawn);
		svg = draw_text(in, &opts);
		assert_well_formed(svg);
		assert_valid_utf8(svg);
		if (!strstr(svg, want))
			fail_msg("`%s` is not drawn as `%s`", rows[i].name, want);
		snprintf(want, sizeof(want), ">%s</text>", rows[i].drawn);
		assert_non_null(strstr(svg, want));
		free(svg);
	}
}

static void options_are_escaped_too(void **state)
{
	static const char hostile[] = "\"]]></title><script>alert(1)</script>\x01";
	struct picture_opts opts = still_picture();
	char *svg;

	opts.title = opts.subtitle = opts.font_type = opts.count_name = opts.name_type = hostile;
	opts.notes = hostile;
	svg = draw_text("a 1\n", &opts);
	assert_well_formed(svg);
	assert_null(strstr(svg, "<script"));
	assert_non_null(strstr(svg, "<metadata>&quot;]]&gt;&lt;/title&gt;"));
	free(svg);
}

static void a_very_long_name_is_whole_in_the_tooltip_and_cut_in_the_frame(void **state)
{
	enum { LEN = 100000 };
	struct picture_opts opts = still_picture();
	char *in = malloc(LEN + 8), *svg, *title, *text;

	memset(in, 'n', LEN);
	strcpy(in + LEN, " 1\n");
	svg = draw_text(in, &opts);
	title = strstr(svg, "<title>nnn");
	assert_non_null(title);
	assert_int_equal(strspn(title + 7, "n"), LEN);
	text = strstr(title, "</title>");
	text = strstr(text, ">nnn");
	assert_in_range(strspn(text + 1, "n"), 100, 200);
	assert_true(starts_with(text + 1 + strspn(text + 1, "n"), "\xe2\x80\xa6</text>"));
	free(svg);
	free(in);
}

/* The frame lines: width="W", then perhaps <text ...>TEXT</text>, ASCII or an ellipsis. */
static void no_text_is_wider_than_its_frame(void **state)
{
	struct picture_opts opts = still_picture();
	size_t text_cnt = 0, len;
	char *in = golden_slurp("tests/golden/kinds.folded", &len), *svg, *save;

	opts.width = 400;
	svg = draw_text(in, &opts);
	for (char *line = strtok_r(svg, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *text = strstr(line, "<text "), *width = strstr(line, " width=\"");
		size_t columns = 0;

		if (!starts_with(line, "<g><title>") || !text)
			continue;
		text = strchr(text, '>') + 1;
		for (char *s = text; *s != '<'; s++) {
			if (*s == '&')
				s = strchr(s, ';');
			columns += ((unsigned char)*s & 0xc0) != 0x80;
		}
		if (columns * opts.font_size * 0.6 > strtod(width + 8, NULL))
			fail_msg("too wide: %s", line);
		text_cnt++;
	}
	assert_in_range(text_cnt, 10, 40);
	free(svg);
	free(in);
}

static void counts_and_shares_are_written_for_people(void **state)
{
	static const struct {
		const char *in, *title;
	} rows[] = {
		{ "a 1234567\n", "a (1,234,567 samples, 100%)" },
		{ "a 999\n", "a (999 samples, 100%)" },
		{ "a 1000.5\n", "a (1,000.5 samples, 100%)" },
		{ "a 1\nb 2\n", "a (1 samples, 33.33%)" },
		{ "a 0.125\nb 0.875\n", "a (0.125 samples, 12.5%)" },
	};
	struct picture_opts opts = still_picture();

	for (size_t i = 0; i < CNT(rows); i++) {
		char *svg = draw_text(rows[i].in, &opts);

		if (!strstr(svg, rows[i].title))
			fail_msg("no `%s`", rows[i].title);
		free(svg);
	}
}

static void kinds_and_frames_without_a_function_have_their_classes(void **state)
{
	static const struct {
		const char *in;
		char class;
	} rows[] = {
		{ "f 1\n", 'u' },
		{ "f_[k] 1\n", 'k' },
		{ "f_[i] 1\n", 'i' },
		{ "f_[j] 1\n", 'j' },
		{ "f (f.py:1)_[p] 1\n", 'z' },
		{ "[lib.so] 1\n", 'n' },
		{ "[unknown]_[k] 1\n", 'n' },
		{ "[incomplete] 1\n", 'x' },
		{ "[ 1\n", 'u' },
	};
	struct picture_opts opts = still_picture();

	for (size_t i = 0; i < CNT(rows); i++) {
		char *svg = draw_text(rows[i].in, &opts), *class;

		class = strstr(strstr(svg, "<g id=\"frames\""), "<title>all (1");
		class = strstr(strstr(class, "</g>"), "class=\"") + 7;
		if (*class != rows[i].class)
			fail_msg("%s has class %.2s", rows[i].in, class);
		free(svg);
	}
}

static void only_a_picture_of_interpreted_frames_has_their_shades(void **state)
{
	static const struct {
		const char *colors, *in;
		bool has_shades;
	} rows[] = {
		{ NULL, "f (f.py:1)_[p] 1\n", true },
		{ NULL, "f;g_[j];h_[k];i_[i] 1\n", false },
		{ "java", "f (f.py:1)_[p] 1\n", false }, /* has the shades of Java for them */
	};
	struct picture_opts opts = still_picture();

	for (size_t i = 0; i < CNT(rows); i++) {
		char *svg;

		opts.colors = rows[i].colors;
		svg = draw_text(rows[i].in, &opts);
		if (!strstr(svg, ".z0{fill:") == rows[i].has_shades)
			fail_msg("%s", rows[i].in);
		free(svg);
	}
}

static void sizes_that_cannot_be_drawn_are_refused(void **state)
{
	struct picture_opts good = still_picture(), rows[12];
	struct profile *p = profile_of("a 1\n");
	char *svg = NULL;
	size_t len;
	FILE *f = open_memstream(&svg, &len);

	for (size_t i = 0; i < CNT(rows); i++)
		rows[i] = good;
	rows[0].width = 0;
	rows[1].width = 1000000;
	rows[2].frame_height = 0;
	rows[3].frame_height = 5000;
	rows[4].font_size = 0;
	rows[5].font_size = NAN;
	rows[6].min_width = -1;
	rows[7].min_width = INFINITY;
	rows[8].factor = 0;
	rows[9].total = -1;
	rows[10].colors = "pink";
	rows[11].background = "#12345g";
	for (size_t i = 0; i < CNT(rows); i++)
		assert_int_equal(svg_write(p, &rows[i], f), -EINVAL);
	fclose(f);
	assert_int_equal(len, 0);
	free(svg);
	profile_free(p);
}

static void every_palette_gives_its_own_classes(void **state)
{
	static const struct {
		const char *colors, *in;
		char class;
	} rows[] = {
		{ NULL, "f_[k] 1\n", 'k' },
		{ "wick", "f 1\n", 'u' },
		{ "wick", "f_[p] 1\n", 'z' },
		{ "hot", "f_[k] 1\n", 'f' },
		{ "mem", "f 1\n", 'g' },
		{ "io", "f 1\n", 'b' },
		{ "wakeup", "f 1\n", 'a' },
		{ "chain", "f_[w] 1\n", 'a' },
		{ "chain", "f 1\n", 'b' },
		{ "java", "Ljava/lang/String 1\n", 'g' },
		{ "java", "std::sort 1\n", 'y' },
		{ "java", "f_[k] 1\n", 'o' },
		{ "java", "f_[i] 1\n", 'a' },
		{ "java", "f_[j] 1\n", 'g' },
		{ "java", "f (F.java:3)_[p] 1\n", 'g' },
		{ "java", "f 1\n", 'r' },
		{ "js", "run app.js:1 1\n", 'g' },
		{ "js", "f_[p] 1\n", 'g' },
		{ "js", "Builtin_Add 1\n", 'a' },
		{ "perl", "Perl_pp_add 1\n", 'g' },
		{ "perl", "f_[p] 1\n", 'g' },
		{ "perl", "f 1\n", 'r' },
		{ "red", "f 1\n", 'r' },
		{ "green", "f 1\n", 'g' },
		{ "blue", "f 1\n", 'b' },
		{ "aqua", "f 1\n", 'a' },
		{ "yellow", "f 1\n", 'y' },
		{ "purple", "f 1\n", 'p' },
		{ "orange", "f 1\n", 'o' },
	};
	struct picture_opts opts = still_picture();

	for (size_t i = 0; i < CNT(rows); i++) {
		char *svg, *class, rule[] = ".x0{fill:#";

		opts.colors = rows[i].colors;
		svg = draw_text(rows[i].in, &opts);
		class = strstr(strstr(strstr(svg, "<title>all (1"), "</g>"), "class=\"") + 7;
		if (*class != rows[i].class)
			fail_msg("%s with %s has class %.2s", rows[i].in, rows[i].colors, class);
		rule[1] = rows[i].class; /* in light and in dark */
		assert_non_null(strstr(strstr(svg, rule) + 1, rule));
		free(svg);
	}
}

static void a_flat_background_decides_between_light_and_dark(void **state)
{
	static const struct {
		const char *background;
		bool has_media, has_light_text;
	} rows[] = {
		{ NULL, true, true },
		{ "grey", true, true },
		{ "#ffffff", false, false },
		{ "#102030", false, true },
	};
	struct picture_opts opts = still_picture();

	for (size_t i = 0; i < CNT(rows); i++) {
		char *svg;

		opts.background = rows[i].background;
		svg = draw_text("a 1\n", &opts);
		assert_well_formed(svg);
		assert_int_equal(strstr(svg, "@media") != NULL, rows[i].has_media);
		assert_int_equal(strstr(svg, "text{fill:#f2efe8}") != NULL, rows[i].has_light_text);
		if (rows[i].background && rows[i].background[0] == '#')
			assert_non_null(strstr(svg, rows[i].background));
		free(svg);
	}
}

static void counts_are_scaled_and_the_whole_can_be_more(void **state)
{
	struct picture_opts opts = still_picture();
	char *svg;

	opts.factor = 2.5;
	opts.total = 8;
	svg = draw_text("a 1\nb 3\n", &opts);
	assert_non_null(strstr(svg, "<title>all (20 samples, 100%)"));
	assert_non_null(strstr(svg, "<title>b (7.5 samples, 37.5%)"));
	free(svg);
	opts.total = 1; /* less than there is: not used */
	svg = draw_text("a 1\nb 3\n", &opts);
	assert_non_null(strstr(svg, "<title>b (7.5 samples, 75%)"));
	free(svg);
}

static void narrow_frames_are_left_out_by_pixels_or_by_share(void **state)
{
	struct picture_opts opts = still_picture();
	char *svg;

	opts.min_width = 10;
	opts.min_is_percent = true;
	svg = draw_text("narrow 9\nwide 91\n", &opts);
	assert_null(strstr(svg, "<title>narrow"));
	assert_non_null(strstr(svg, "<title>wide"));
	free(svg);
	opts.min_is_percent = false;
	svg = draw_text("narrow 9\nwide 91\n", &opts);
	assert_non_null(strstr(svg, "<title>narrow"));
	free(svg);
}

/* "m" goes on over both of its callees; "x" is called twice. */
static void a_flame_chart_keeps_the_order(void **state)
{
	static const char in[] = "m;x 1\nm;y 2\nm 1\nm;x 1\nz 5\n";
	struct picture_opts opts = still_picture();
	FILE *f = fmemopen((void *)in, sizeof(in) - 1, "r");
	struct folded_result result;
	struct profile *p;
	size_t len;
	char *svg;

	assert_int_equal(profile_new(&p), 0);
	assert_int_equal(folded_read_by_time(p, f, &result), 0);
	fclose(f);
	opts.width = 1020; /* a weight is 100 pixels */
	svg = draw(p, &opts, &len);
	assert_non_null(strstr(svg, "<title>m (5 samples, 50%)"));
	assert_non_null(strstr(strstr(svg, "<title>y (2 "), "x=\"110\" "));
	assert_non_null(strstr(strstr(strstr(svg, "<title>y (2 "), "<title>x (1 "), "x=\"410\" "));
	free(svg);
	profile_free(p);
}

static void changes_have_colours_and_are_said(void **state)
{
	double weights[] = { 0, 2, -1.5, 0 };
	signed char colors[] = { 0, 7, -3, 0 };
	struct profile_changes changes = { weights, colors };
	struct picture_opts opts = still_picture();
	char *svg;

	opts.changes = &changes;
	svg = draw_text("grew 4\nshrank 5\nsame 1\n", &opts);
	assert_non_null(strstr(svg, "grew (4 samples, 40%; +20%)</title><rect class=\"d7\""));
	assert_non_null(strstr(svg, "shrank (5 samples, 50%; -15%)</title><rect class=\"s3\""));
	assert_non_null(strstr(svg, "same (1 samples, 10%; 0%)</title><rect class=\"n\""));
	free(svg);
	opts.negate = true;
	svg = draw_text("grew 4\nshrank 5\nsame 1\n", &opts);
	assert_non_null(strstr(svg, "; +20%)</title><rect class=\"s7\""));
	free(svg);
}

static void the_order_of_the_input_makes_no_difference(void **state)
{
	struct picture_opts opts;
	char *a, *b;

	picture_opts_init(&opts);
	a = draw_text("m;x;y 1\nm;x 2\nm;a_[k] 3\nn 4\n", NULL);
	b = draw_text("n 4\nm;x 1\nm;a_[k] 3\nm;x 1\nm;x;y 1\n", &opts);
	assert_string_equal(a, b);
	free(a);
	free(b);
}

static void errors_of_the_stream_are_returned(void **state)
{
	struct picture_opts opts = still_picture();
	struct profile *p = profile_of("a 1\n");
	FILE *full = fopen("/dev/full", "w");

	assert_int_equal(svg_write(p, &opts, full), -ENOSPC);
	fclose(full);
	profile_free(p);
}

static void golden_files_are_as_expected(void **state)
{
	static const struct {
		const char *in, *out, *subtitle, *notes;
		bool inverted;
	} rows[] = {
		{ "tests/golden/kinds.folded", "tests/golden/kinds.svg", NULL, NULL, false },
		{ "tests/golden/kinds.folded", "tests/golden/kinds.icicle.svg", "10 s at 99 Hz",
		  "{ \"ticks\": 985 }", true },
		{ "tests/golden/interpreted.folded", "tests/golden/interpreted.svg", NULL, NULL,
		  false },
		{ "tests/golden/hostile.folded", "tests/golden/hostile.svg", NULL, NULL, false },
		{ "tests/golden/empty.folded", "tests/golden/empty.svg", NULL, NULL, false },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		struct picture_opts opts = still_picture();
		size_t in_len, out_len;
		char *in = golden_slurp(rows[i].in, &in_len), *svg;
		struct profile *p = profile_of_bytes(in, in_len);

		opts.subtitle = rows[i].subtitle;
		opts.notes = rows[i].notes;
		opts.inverted = rows[i].inverted;
		svg = draw(p, &opts, &out_len);
		assert_well_formed(svg);
		assert_valid_utf8(svg);
		golden_compare(rows[i].out, svg, out_len);
		free(svg);
		profile_free(p);
		free(in);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_is_text_and_nothing_else),
		cmocka_unit_test(options_are_escaped_too),
		cmocka_unit_test(a_very_long_name_is_whole_in_the_tooltip_and_cut_in_the_frame),
		cmocka_unit_test(no_text_is_wider_than_its_frame),
		cmocka_unit_test(counts_and_shares_are_written_for_people),
		cmocka_unit_test(kinds_and_frames_without_a_function_have_their_classes),
		cmocka_unit_test(only_a_picture_of_interpreted_frames_has_their_shades),
		cmocka_unit_test(sizes_that_cannot_be_drawn_are_refused),
		cmocka_unit_test(every_palette_gives_its_own_classes),
		cmocka_unit_test(a_flat_background_decides_between_light_and_dark),
		cmocka_unit_test(counts_are_scaled_and_the_whole_can_be_more),
		cmocka_unit_test(narrow_frames_are_left_out_by_pixels_or_by_share),
		cmocka_unit_test(a_flame_chart_keeps_the_order),
		cmocka_unit_test(changes_have_colours_and_are_said),
		cmocka_unit_test(the_order_of_the_input_makes_no_difference),
		cmocka_unit_test(errors_of_the_stream_are_returned),
		cmocka_unit_test(golden_files_are_as_expected),
	};

	return cmocka_run_group_tests_name("svg", tests, NULL, NULL);
}
