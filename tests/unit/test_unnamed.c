// SPDX-License-Identifier: BSD-2-Clause
/* test_unnamed.c - the frames without a name, by file: sorted, as JSON, in the summary. */
#include "profiler/report/unnamed.h"
#include "tests/unit/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/caught.h"

static void expect_json(const struct unnamed *u, const char *want)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	unnamed_write_json(u, f);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
}

static void expect_text(const struct unnamed *u, uint64_t user_frames, const char *want)
{
	struct caught c = catch_stderr();
	char *text;

	unnamed_print(u, user_frames);
	text = caught(&c);
	assert_string_equal(text, want);
	free(text);
}

static void add(struct unnamed *u, const char *path, enum sym_reason reason, uint64_t cnt)
{
	assert_int_equal(unnamed_add(u, path, reason, cnt), 0);
}

static void most_frames_come_first(void **state)
{
	struct unnamed u = { 0 };
	char same[] = "/lib/a.so"; /* equal, not the same pointer */

	add(&u, "/lib/a.so", SYM_STRIPPED, 3);
	add(&u, "/lib/b.so", SYM_NO_SYMBOL, 4);
	add(&u, NULL, SYM_ANONYMOUS, 4);
	add(&u, same, SYM_STRIPPED, 2);
	add(&u, same, SYM_NO_SYMBOL, 4);
	unnamed_sort(&u);
	expect_json(&u, "[{\"file\": \"/lib/a.so\", \"reason\": \"stripped\", \"frames\": 5}, "
			"{\"file\": null, \"reason\": \"anonymous\", \"frames\": 4}, "
			"{\"file\": \"/lib/a.so\", \"reason\": \"no_symbol\", \"frames\": 4}, "
			"{\"file\": \"/lib/b.so\", \"reason\": \"no_symbol\", \"frames\": 4}]");
	unnamed_fini(&u);
}

/* A path is any bytes; JSON is UTF-8. */
static void a_hostile_path_is_a_string(void **state)
{
	struct unnamed u = { 0 };

	add(&u, "/tmp/\"\x1b[2J\xed\xa0\x80.so", SYM_BAD_ELF, 1);
	expect_json(&u, "[{\"file\": \"/tmp/\\\"\\u001b[2J\\ufffd\\ufffd\\ufffd.so\", "
			"\"reason\": \"bad_elf\", \"frames\": 1}]");
	expect_text(&u, 4,
		    "  25.00 % of user frames have no name: \"?[2J???.so is not an ELF file, or a "
		    "damaged one (25.00 %)\n");
	unnamed_fini(&u);
}

static void many_files_are_each_found_again(void **state)
{
	enum { FILES = 1000 };
	static char paths[FILES][32];
	struct unnamed u = { 0 };

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < FILES; i++) {
			snprintf(paths[i], sizeof(paths[i]), "/lib/%d.so", i);
			add(&u, paths[i], SYM_STRIPPED, (uint64_t)i);
		}
	}
	assert_int_equal(u.cnt, FILES);
	unnamed_sort(&u);
	assert_string_equal(u.files[0].path, "/lib/999.so");
	assert_int_equal(u.files[0].cnt, 2 * 999);
	unnamed_fini(&u);
}

static void the_summary_names_a_few_and_what_to_do(void **state)
{
	struct unnamed u = { 0 };

	add(&u, NULL, SYM_ANONYMOUS, 400);
	add(&u, "/lib/libx.so", SYM_STRIPPED, 300);
	add(&u, "/opt/app (deleted)", SYM_NO_FILE, 4); /* too few to be worth a remedy */
	add(&u, NULL, SYM_UNMAPPED, 3);
	add(&u, "/lib/liby.so", SYM_NO_SYMBOL, 2);
	unnamed_sort(&u);
	expect_text(
		&u, 1000,
		"  70.90 % of user frames have no name: generated code that no perf map names "
		"(40.00 %), libx.so stripped (30.00 %), app (deleted) could not be opened (0.40 "
		"%), "
		"in no mapping (0.30 %), and others: see --stats\n"
		"    have the runtime write /tmp/perf-PID.map (node --perf-basic-prof, java "
		"-XX:+DumpPerfMapAtExit, python3 -X perf)\n"
		"    install the debug symbols of /lib/libx.so (its -dbgsym or -debuginfo package) "
		"or set DEBUGINFOD_URLS\n");
	unnamed_fini(&u);
}

static void nothing_is_said_of_nothing(void **state)
{
	struct unnamed u = { 0 };

	unnamed_sort(&u);
	expect_json(&u, "[]");
	expect_text(&u, 100, "");
	add(&u, NULL, SYM_GONE, 1);
	expect_text(&u, 0, ""); /* a share of nothing */
	unnamed_fini(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(most_frames_come_first),
		cmocka_unit_test(a_hostile_path_is_a_string),
		cmocka_unit_test(many_files_are_each_found_again),
		cmocka_unit_test(the_summary_names_a_few_and_what_to_do),
		cmocka_unit_test(nothing_is_said_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
