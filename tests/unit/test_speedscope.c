// SPDX-License-Identifier: BSD-2-Clause
/* test_speedscope.c - JSON for speedscope: valid whatever the names, and complete. */
#include "flamegraph/formats.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/golden.h"
#include "tests/unit/stacks.h"

#define CNT(array) (sizeof(array) / sizeof(*(array)))

/* To be freed. */
static char *write_json(const char *folded, const struct speedscope_opts *opts)
{
	struct profile *p = profile_of(folded);
	char *json = NULL;
	size_t len;
	FILE *f = open_memstream(&json, &len);

	assert_non_null(f);
	assert_int_equal(speedscope_write(p, opts, f), 0);
	fclose(f);
	profile_free(p);
	return json;
}

static void names_are_strings_and_nothing_else(void **state)
{
	static const struct {
		const char *name, *json;
	} rows[] = {
		{ "main", "main" },
		{ "say \"hi\"", "say \\\"hi\\\"" },
		{ "back\\slash", "back\\\\slash" },
		{ "tab\there\x01\x1f\x7f", "tab\\u0009here\\u0001\\u001f\\u007f" },
		{ "</script>", "</script>" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\xa5", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\xa5" },
		{ "half \xe2\x82", "half \xef\xbf\xbd\xef\xbf\xbd" },
		{ "lone \xff byte", "lone \xef\xbf\xbd byte" },
		{ "overlong \xc0\xaf", "overlong \xef\xbf\xbd\xef\xbf\xbd" },
		{ "surrogate \xed\xa0\x80", "surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "k_[k]", "k_[k]" },
		{ "i_[i]", "i_[i]" },
		{ "j_[j]", "j_[j]" },
		{ "p (p.py:3)_[p]", "p (p.py:3)_[p]" },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		char in[128], want[256], *json;

		snprintf(in, sizeof(in), "%s 2\n", rows[i].name);
		snprintf(want, sizeof(want), "[\n{\"name\":\"%s\"}]", rows[i].json);
		json = write_json(in, NULL);
		if (!strstr(json, want))
			fail_msg("no `%s` in %s", want, json);
		free(json);
	}
}

static void a_frame_has_the_place_that_is_known(void **state)
{
	static const struct speedscope_place places[] = {
		{ "/srv/a \"b\".py", 4294967295 },
		{ "/srv/a.py", 0 },
		{ NULL, 7 },
	};
	static const char want[] = "[\n{\"name\":\"a\",\"file\":\"/srv/a \\\"b\\\".py\","
				   "\"line\":4294967295},\n"
				   "{\"name\":\"b\",\"file\":\"/srv/a.py\"},\n"
				   "{\"name\":\"c\"},\n{\"name\":\"d\"}]";
	const struct speedscope_opts opts = { .places = places, .place_cnt = CNT(places) };
	char *json = write_json("a;b;c;d 1\n", &opts);

	if (!strstr(json, want))
		fail_msg("no `%s` in %s", want, json);
	free(json);
}

static void options_are_used_and_escaped(void **state)
{
	const struct speedscope_opts opts = { .name = "a\"b",
					      .exporter = "c\"d",
					      .no_annotations = true };
	char *json = write_json("k_[k] 1\n", &opts);

	assert_non_null(strstr(json, "\"name\":\"a\\\"b\",\"exporter\":\"c\\\"d\",\n"));
	assert_non_null(strstr(json, "{\"name\":\"k\"}"));
	free(json);
}

static void each_stack_has_its_weight(void **state)
{
	char *json = write_json("b;a 2.5\nb 1\na 3\n", NULL);

	/* Frames by their first use: b, a. */
	assert_non_null(strstr(json, "\"endValue\":6.5,\n\"samples\":[\n[1],\n[0],\n[0,1]],\n"
				     "\"weights\":[3,1,2.5]}]}\n"));
	free(json);
}

static void an_empty_profile_is_valid_too(void **state)
{
	char *json = write_json("", NULL);

	assert_non_null(strstr(json, "\"frames\":[]}"));
	assert_non_null(strstr(json, "\"endValue\":0,\n\"samples\":[],\n\"weights\":[]}]}\n"));
	free(json);
}

static void errors_of_the_stream_are_returned(void **state)
{
	struct profile *p = profile_of("a 1\n");
	FILE *full = fopen("/dev/full", "w");

	assert_int_equal(speedscope_write(p, NULL, full), -ENOSPC);
	fclose(full);
	profile_free(p);
}

static void golden_files_are_as_expected(void **state)
{
	static const char *const names[] = { "kinds", "interpreted", "hostile", "empty" };

	for (size_t i = 0; i < CNT(names); i++) {
		char in_path[64], out_path[64], *in, *json;
		size_t len;

		snprintf(in_path, sizeof(in_path), "tests/golden/%s.folded", names[i]);
		snprintf(out_path, sizeof(out_path), "tests/golden/%s.speedscope.json", names[i]);
		in = golden_slurp(in_path, &len);
		json = write_json(in, NULL);
		golden_compare(out_path, json, strlen(json));
		free(in);
		free(json);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_strings_and_nothing_else),
		cmocka_unit_test(a_frame_has_the_place_that_is_known),
		cmocka_unit_test(options_are_used_and_escaped),
		cmocka_unit_test(each_stack_has_its_weight),
		cmocka_unit_test(an_empty_profile_is_valid_too),
		cmocka_unit_test(errors_of_the_stream_are_returned),
		cmocka_unit_test(golden_files_are_as_expected),
	};

	return cmocka_run_group_tests_name("speedscope", tests, NULL, NULL);
}
