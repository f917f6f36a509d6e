// SPDX-License-Identifier: BSD-2-Clause
/* test_perf_script.c - the text of perf script: real ones, and what runtimes print. */
#include "flamegraph/formats.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flamegraph/perf_line.h"
#include "tests/unit/golden.h"
#include "tests/unit/stacks.h"

#define CNT(array) (sizeof(array) / sizeof(*(array)))

static struct profile *read_perf(const char *text, const struct perf_opts *opts,
				 struct perf_result *result)
{
	FILE *f = stream_of(text, strlen(text));
	struct profile *p;

	assert_int_equal(profile_new(&p), 0);
	assert_int_equal(perf_script_read(p, opts, f, result), 0);
	fclose(f);
	return p;
}

static void assert_stacks(const char *text, const struct perf_opts *opts, const char *want)
{
	struct perf_result result;
	struct profile *p = read_perf(text, opts, &result);

	assert_folded(p, want);
	profile_free(p);
}

static void assert_text(struct perf_text got, const char *want)
{
	if (got.len != strlen(want) || (got.len && memcmp(got.s, want, got.len)))
		fail_msg("got `%.*s`, want `%s`", (int)got.len, got.len ? got.s : "", want);
}

static void heads_of_all_versions_are_taken_apart(void **state)
{
	static const struct {
		const char *line, *comm, *pid, *tid, *period, *event, *rest;
	} rows[] = {
		{ "java 25607 4794564.109216: 1 cycles:", "java", "", "25607", "1", "cycles", "" },
		{ "java 12688 [002] 6544038.708352: 235 cpu-clock: ", "java", "", "12688", "235",
		  "cpu-clock", "" },
		{ "V8 Worker 24636/25607 [000] 94564.109216: 100 cycles:u:", "V8 Worker", "24636",
		  "25607", "100", "cycles:u", "" },
		{ "func_ab 15294 cpu-clock: ", "func_ab", "", "15294", "", "cpu-clock", "" },
		{ "a 7 12.5: cycles:", "a", "", "7", "", "cycles", "" },
		{ "Web 2 Content 4714 1.0: cycles:", "Web 2 Content", "", "4714", "", "cycles",
		  "" },
		{ "Web 2 4714 1.0: cycles:", "Web 2", "", "4714", "", "cycles", "" },
		{ "only 12", "only", "", "12", "", "", "" },
		{ "   x 12 1.5:  7 cpu-clock:  ffff f+0x1 ([k])", "x", "", "12", "7", "cpu-clock",
		  "ffff f+0x1 ([k])" },
		{ "x 1 1.5: sched:sched_switch: prev_comm=x", "x", "", "1", "",
		  "sched:sched_switch", "prev_comm=x" },
	};
	struct perf_head head;

	for (size_t i = 0; i < CNT(rows); i++) {
		if (!perf_parse_head((struct perf_text){ rows[i].line, strlen(rows[i].line) },
				     &head))
			fail_msg("no head: %s", rows[i].line);
		assert_text(head.comm, rows[i].comm);
		assert_text(head.pid, rows[i].pid);
		assert_text(head.tid, rows[i].tid);
		assert_text(head.period, rows[i].period);
		assert_text(head.event, rows[i].event);
		assert_text(head.rest, rows[i].rest);
	}
}

static void what_is_no_head_is_refused(void **state)
{
	static const char *const rows[] = {
		"",   "word",	       "word other",	"ffff func (/bin/x)",
		"12", "x 1/y cycles:", "x 1.5: cycles:"
	};
	struct perf_head head;

	for (size_t i = 0; i < CNT(rows); i++)
		if (perf_parse_head((struct perf_text){ rows[i], strlen(rows[i]) }, &head))
			fail_msg("a head: %s", rows[i]);
}

static void frames_are_taken_apart(void **state)
{
	static const struct {
		const char *line;
		bool has_address;
		const char *name, *module;
	} rows[] = {
		{ "\t  4005b1 main (/root/func_ab)", true, "main", "/root/func_ab" },
		{ "  4005b1 main+0x1f (/root/func_ab)", true, "main", "/root/func_ab" },
		{ "  main+0x1f (/root/func_ab)", false, "main", "/root/func_ab" },
		{ "  add (/bin/x)", false, "add", "/bin/x" },
		{ "  add  (/bin/x)", true, " ", "/bin/x" },
		{ "  4005b1 add", true, "add", "" },
		{ "  4005b1", true, "", "" },
		{ "  4005b1 gone (/lib/x.so (deleted))", true, "gone", "/lib/x.so" },
		{ "  4005b1 f (/opt/a b (copy))", true, "f", "/opt/a b (copy)" },
		{ "  4005b1 f(void (*)(int)) (/bin/x)", true, "f(void (*)(int))", "/bin/x" },
		{ "  4005b1 f(void (*)(int))", true, "f(void (*)(int))", "" },
		{ "  4005b1 spin+0x1 (inlined)", true, "spin", "inlined" },
		{ "  4005b1 f+0xffff018fd5dce000 ([kernel.kallsyms])", true, "f",
		  "[kernel.kallsyms]" },
		{ "  4005b1 f ([kernel.kallsyms].init.text)", true, "f",
		  "[kernel.kallsyms].init.text" },
	};
	struct perf_frame frame;

	for (size_t i = 0; i < CNT(rows); i++) {
		perf_parse_frame((struct perf_text){ rows[i].line, strlen(rows[i].line) }, &frame);
		assert_text(frame.name, rows[i].name);
		assert_text(frame.module, rows[i].module);
		if (frame.has_address != rows[i].has_address)
			fail_msg("address or not: %s", rows[i].line);
	}
}

static void source_lines_are_known(void **state)
{
	static const char *const yes[] = { "  file.c:12", "  libc.so.6[27b25]" };
	static const char *const no[] = {
		"  4005b1 f", "  4005b1", "  f:1 x", "  :12", "  [12]", ""
	};

	for (size_t i = 0; i < CNT(yes); i++)
		assert_true(perf_is_source((struct perf_text){ yes[i], strlen(yes[i]) }));
	for (size_t i = 0; i < CNT(no); i++)
		if (perf_is_source((struct perf_text){ no[i], strlen(no[i]) }))
			fail_msg("a source line: %s", no[i]);
}

#define SAMPLE "x 1/2 1.0: 4 e:\n 1 b (/x)\n 2 a (/x)\n\n"

static void roots_say_what_was_asked(void **state)
{
	const struct perf_opts process = { .per_process = true }, thread = { .per_thread = true };
	const struct perf_opts count = { .count_samples = true };

	assert_stacks(SAMPLE, NULL, "x;a;b 4\n");
	assert_stacks(SAMPLE, &process, "x-1;a;b 4\n");
	assert_stacks(SAMPLE, &thread, "x-1/2;a;b 4\n");
	assert_stacks(SAMPLE, &count, "x;a;b 1\n");
	assert_stacks("x 7 1.0: e:\n 1 b (/x)\n\n", &thread, "x-?/7;b 1\n");
}

static void one_event_counts(void **state)
{
	static const char text[] = SAMPLE "x 1 1.0: other:\n 1 c (/x)\n\n" SAMPLE;
	const struct perf_opts other = { .event = "other" };
	struct perf_result result;
	struct profile *p = read_perf(text, NULL, &result);

	assert_folded(p, "x;a;b 8\n");
	assert_string_equal(result.event, "e");
	assert_int_equal(result.sample_cnt, 2);
	assert_int_equal(result.other_cnt, 1);
	assert_int_equal(result.bad_cnt, 0);
	profile_free(p);
	assert_stacks(text, &other, "x;c 1\n");
}

static void what_is_cut_off_is_left_out_and_reported(void **state)
{
	struct perf_result result;
	struct profile *p = read_perf(SAMPLE "x 1 1.0: 4 e:\n 1 b (/x)\n", NULL, &result);

	assert_folded(p, "x;a;b 4\n");
	assert_true(result.is_cut_off);
	assert_int_equal(result.sample_cnt, 1);
	profile_free(p);
}

static void other_lines_are_counted(void **state)
{
	static const struct {
		const char *text;
		uint64_t bad_cnt, first_bad, sample_cnt;
	} rows[] = {
		{ "", 0, 0, 0 },
		{ "\n\n# comment\n", 0, 0, 0 },
		{ "a;b;c 12\n", 1, 1, 0 },
		{ SAMPLE "what is this\n" SAMPLE, 1, 5, 2 },
		{ "x 12\ny;z 1.5\n", 2, 1, 0 },
		{ "x 12\n1 b (/x)\n\n", 0, 0, 1 },
		{ " 1 b (/x)\n 2 a (/x)\n\n" SAMPLE, 2, 1, 1 },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		struct perf_result result;

		profile_free(read_perf(rows[i].text, NULL, &result));
		assert_int_equal(result.bad_cnt, rows[i].bad_cnt);
		assert_int_equal(result.first_bad, rows[i].first_bad);
		assert_int_equal(result.sample_cnt, rows[i].sample_cnt);
	}
}

static void periods_that_cannot_be_counted_are_one(void **state)
{
	assert_stacks("x 1 1.0: 0 e:\n\n", NULL, "x 1\n");
	assert_stacks("x 1 1.0: 99999999999999999999999999 e:\n\n", NULL, "x 1\n");
	assert_stacks("x 1 1.0: 9007199254740992 e:\n\n", NULL, "x 9007199254740992\n");
}

static void lines_may_end_as_on_windows(void **state)
{
	assert_stacks("x 1 1.0: 4 e:\r\n 1 b (/x)\r\n\r\n", NULL, "x;b 4\n");
}

/* The outermost frames come last and are kept. */
static void a_very_deep_stack_is_cut(void **state)
{
	enum { DEPTH = 20000 };
	char *text = malloc(DEPTH * 16 + 64), *at = text;
	struct perf_result result;
	struct profile *p;

	at += sprintf(at, "x 1 1.0: e:\n");
	for (int i = 0; i < DEPTH; i++)
		at += sprintf(at, " 1 f%d (/x)\n", i);
	strcpy(at, "\n");
	p = read_perf(text, NULL, &result);
	assert_int_equal(result.cut_cnt, 1);
	assert_int_equal(profile_depth(p), PROFILE_MAX_DEPTH);
	text = (free(text), folded_of(p));
	assert_memory_equal(text, "x;f19999;f19998;", 16);
	assert_non_null(strstr(text, ";f15905 1\n"));
	free(text);
	profile_free(p);
}

static void a_line_without_end_needs_no_memory(void **state)
{
	enum { SIZE = 4 * PERF_MAX_LINE };
	struct perf_result result;
	char *text = malloc(SIZE + sizeof(SAMPLE) + 1);
	struct profile *p;

	memset(text, 'x', SIZE);
	strcpy(text + SIZE, "\n" SAMPLE);
	p = read_perf(text, NULL, &result);
	assert_int_equal(result.bad_cnt, 1);
	assert_folded(p, "x;a;b 4\n");
	profile_free(p);
	free(text);
}

static void errors_of_the_stream_are_returned(void **state)
{
	FILE *f = fopen("tests", "r");
	struct perf_result result;
	struct profile *p;

	assert_int_equal(profile_new(&p), 0);
	assert_int_equal(perf_script_read(p, NULL, f, &result), -EISDIR);
	fclose(f);
	profile_free(p);
}

/* Recorded with perf 6.1; only paths were changed.  Expected files were checked by hand. */
static void golden_files_are_as_expected(void **state)
{
	static const char *const names[] = { "frames",	"inlines", "noaddr", "nostack",
					     "srcline", "threads", "events", "java" };

	for (size_t i = 0; i < CNT(names); i++) {
		char in_path[64], out_path[64], *in, *out;
		struct perf_result result;
		struct profile *p;
		size_t len;

		snprintf(in_path, sizeof(in_path), "tests/golden/perf.%s.txt", names[i]);
		snprintf(out_path, sizeof(out_path), "tests/golden/perf.%s.folded", names[i]);
		in = golden_slurp(in_path, &len);
		p = read_perf(in, NULL, &result);
		assert_int_equal(result.bad_cnt, 0);
		out = folded_of(p);
		golden_compare(out_path, out, strlen(out));
		free(in);
		free(out);
		profile_free(p);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_of_all_versions_are_taken_apart),
		cmocka_unit_test(what_is_no_head_is_refused),
		cmocka_unit_test(frames_are_taken_apart),
		cmocka_unit_test(source_lines_are_known),
		cmocka_unit_test(roots_say_what_was_asked),
		cmocka_unit_test(one_event_counts),
		cmocka_unit_test(what_is_cut_off_is_left_out_and_reported),
		cmocka_unit_test(other_lines_are_counted),
		cmocka_unit_test(periods_that_cannot_be_counted_are_one),
		cmocka_unit_test(lines_may_end_as_on_windows),
		cmocka_unit_test(a_very_deep_stack_is_cut),
		cmocka_unit_test(a_line_without_end_needs_no_memory),
		cmocka_unit_test(errors_of_the_stream_are_returned),
		cmocka_unit_test(golden_files_are_as_expected),
	};

	return cmocka_run_group_tests_name("perf_script", tests, NULL, NULL);
}
