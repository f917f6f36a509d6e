// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_interpreted.c - functions of interpreted languages in a report: tests/golden/report.interpreted.*.
 */
#include "profiler/report/interpreted.h"
#include "tests/unit/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flamegraph/formats.h"
#include "profiler/recording/codes.h"
#include "tests/unit/app.h"
#include "tests/unit/asking.h"
#include "tests/unit/golden.h"
#include "tests/unit/recorded.h"

/* Frame I of the only sample shows FRAME in place of what is at its address. */
static void give(struct recorded *r, size_t i, const struct sym_given *frame)
{
	assert_int_equal(symbolizer_ask_given(r->symbolizer, frame, &r->report.answers[i]), 0);
}

/* As output_format.c writes it. */
static char *speedscope_text(const struct report *report)
{
	const struct speedscope_opts opts = { .places = report->places,
					      .place_cnt = report->place_cnt };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(speedscope_write(report->profile, &opts, f), 0);
	fclose(f);
	return text;
}

/* Functions of a program stand where those of its interpreter do, of which some are hidden. */
static void interpreted_functions_have_their_place_in_the_name(void **state)
{
	static const struct sym_given frames[] = {
		{ "Order.__lt__", SYM_INTERPRETED, "[python]", "/srv/shop/models.py", 44, 45 },
		{ "Order.__lt__", SYM_INTERPRETED, "[python]", "/srv/shop/models.py", 44, 46 },
		{ "handle", SYM_INTERPRETED, "[python]", "/srv/shop/views.py", 31, 39 },
		{ "handle", SYM_INTERPRETED, "[python]", "/srv/shop/api.py", 31, 39 },
		{ "<module>", SYM_INTERPRETED, "[python]", "<frozen runpy>", 1, 88 },
		{ "start_thread", SYM_INTERPRETED, "[python]", "/srv/a.py", 0, 0 },
		{ "clone", SYM_INTERPRETED, "[python]", NULL, 0, 0 },
		{ "<module>", SYM_INTERPRETED, "[python]", "/srv/shop/__init__.py", 1, 2 },
		{ "<module>", SYM_INTERPRETED, "[python]", "/opt/shop/__init__.py", 1, 5 },
	};
	/* For each frame of a sample, the innermost first: 0..: of the table, 'h': hidden, 'n': native. */
	static const char *const shown[] = {
		"n0h2n4n", "n1h2n4n", "n0h3n4n", "hhhhh4n", "hn0n4nn", "nnnn4hh",
		"nnnnnn5", "nnnnnn6", "hhhhhhh", "nnnn74n", "nnnn84n", "nnnn74n",
	};
	const uint64_t stack[] = { MIDDLE(app_leaf),	MIDDLE(app_work), MIDDLE(app_work),
				   MIDDLE(app_run),	MIDDLE(app_run),  MIDDLE(app_run),
				   MIDDLE(start_thread) };
	const uint64_t kernel[] = { FAKE_READ + 4, FAKE_SYSCALL + 4 };
	struct raw_sample samples[ARRAY_SIZE(shown)];
	struct fake_source fake;
	struct recorded r;
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		samples[i] = (struct raw_sample){ .tgid = (uint32_t)getpid(),
						  .tid = (uint32_t)i + 1,
						  .comm = "app",
						  USER(stack),
						  .user_end = UNWIND_BAD_FP,
						  .count = 1ULL << i };
	samples[1].kernel = kernel;
	samples[1].kernel_cnt = ARRAY_SIZE(kernel);
	fake = source_of(samples, ARRAY_SIZE(samples));
	recorded_open(&r, &fake);
	recorded_sample(&r, &fake);
	recorded_ask(&r);
	for (struct collect_cursor at = { 0 }; collect_next(r.collect, &at);) {
		const char *sample = shown[at.sample->tid - 1];

		assert_int_equal(at.user_cnt, ARRAY_SIZE(stack));
		for (size_t i = 0; i < at.user_cnt; i++) {
			if (sample[i] == 'h')
				r.report.answers[at.first_frame + i] = REPORT_HIDDEN;
			else if (sample[i] != 'n')
				give(&r, at.first_frame + i, &frames[sample[i] - '0']);
		}
	}
	recorded_build(&r, &fake, &(struct report_opts){ 0 });
	text = folded_of(r.report.profile);
	golden_compare("tests/golden/report.interpreted.folded", text, strlen(text));
	free(text);
	text = recorded_json(&r);
	golden_compare("tests/golden/report.interpreted.json", text, strlen(text));
	free(text);
	text = speedscope_text(&r.report);
	golden_compare("tests/golden/report.interpreted.speedscope.json", text, strlen(text));
	free(text);
	recorded_close(&r, &fake);
}

static void a_frame_of_unheard_code_is_of_its_process_s_language(void **state)
{
	const struct interpreter_frame frame = { .code = 0x1000, .check = 1 };
	struct symbolizer *s = new_symbolizer(&(struct symbolizer_opts){ .no_inlines = true });
	const struct sym_answer *answer;
	struct codes *codes;
	uint32_t id;

	assert_int_equal(codes_new(&codes), 0);
	assert_int_equal(codes_frame(codes, 1, &frame, &id), 0);
	assert_int_equal(interpreted_ask(codes, s, INTERPRETER_PYTHON, id, &id), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	answer = symbolizer_answer(s, id);
	assert_string_equal(answer->frames[0].name, "[unknown]");
	assert_int_equal(answer->frames[0].kind, SYM_INTERPRETED);
	assert_string_equal(answer->module, "[python]");
	assert_null(answer->file);
	codes_free(codes);
	symbolizer_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interpreted_functions_have_their_place_in_the_name),
		cmocka_unit_test(a_frame_of_unheard_code_is_of_its_process_s_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
