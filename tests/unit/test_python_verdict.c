// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_python_verdict.c - what the truth test of Python's frames accepts, and above all what it
 * does not.
 *
 * A letter is a function, the innermost one first.  Of the walk's, a digit behind it says which
 * native frame evaluates the run that ends there, and '?' that it is not known.  Native frames
 * are 'e' where they are the function that evaluates.
 */
#include "tests/truth/python_verdict.h"

#include "tests/unit/row.h"

#include <stdlib.h>
#include <string.h>

static void parse_walk(const char *text, struct python_shot *shot)
{
	for (; *text; text++) {
		if (*text >= 'a' && *text <= 'z')
			shot->frames[shot->cnt++].code = (uint64_t)*text;
		else
			shot->frames[shot->cnt - 1].code |=
				INTERPRETER_RUN_END |
				(*text == '?' ? INTERPRETER_UNPAIRED : (uint64_t)*text - '0')
					<< INTERPRETER_PAIR_SHIFT;
	}
}

static void parse_shadow(const char *text, struct python_shot *shot)
{
	shot->depth = strlen(text);
	for (size_t i = 0; i < shot->depth; i++)
		shot->shadow[shot->depth - 1 - i] = (uint64_t)text[i];
}

static void judges_functions(void **state)
{
	static const struct {
		const char *name, *walk, *shadow;
		enum interpreter_end end;
		enum python_verdict want;
		size_t at;
	} rows[] = {
		{ "the same", "abc", "abc", INTERPRETER_COMPLETE, .want = PYTHON_EQUAL },
		{ "the innermost begins", "abc", "bc", INTERPRETER_COMPLETE,
		  .want = PYTHON_ENTERED },
		{ "so does one that calls itself", "aab", "ab", INTERPRETER_COMPLETE,
		  .want = PYTHON_ENTERED },
		{ "two more", "abcd", "cd", INTERPRETER_COMPLETE, .want = PYTHON_WRONG },
		{ "the innermost is missing", "bc", "abc", INTERPRETER_COMPLETE,
		  .want = PYTHON_WRONG },
		{ "the innermost is another", "xbc", "abc", INTERPRETER_COMPLETE,
		  .want = PYTHON_WRONG },
		{ "an outer one is another", "axc", "abc", INTERPRETER_COMPLETE,
		  .want = PYTHON_WRONG, .at = 1 },
		{ "an outer one is missing", "ac", "abc", INTERPRETER_COMPLETE,
		  .want = PYTHON_WRONG, .at = 1 },
		{ "the outermost is missing, and it says nothing", "ab", "abc",
		  INTERPRETER_COMPLETE, .want = PYTHON_WRONG, .at = 2 },
		{ "the outermost is missing, and it says so", "ab", "abc", INTERPRETER_TORN,
		  .want = PYTHON_CUT },
		{ "cut, and wrong before", "xb", "abc", INTERPRETER_TORN, .want = PYTHON_WRONG },
		{ "nothing, and it says so", "", "abc", INTERPRETER_NO_STATE, .want = PYTHON_CUT },
		{ "nothing, and it says that this is all", "", "abc", INTERPRETER_COMPLETE,
		  .want = PYTHON_WRONG },
		{ "too deep, but not deep", "ab", "abc", INTERPRETER_TOO_DEEP, .want = PYTHON_CUT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct python_shot *shot = calloc(1, sizeof(*shot));
		size_t at;

		assert_non_null(shot);
		shot->end = rows[i].end;
		parse_walk(rows[i].walk, shot);
		parse_shadow(rows[i].shadow, shot);
		ROW_EQUAL(rows[i].name, python_verdict(shot, &at), rows[i].want);
		if (rows[i].want == PYTHON_WRONG)
			ROW_EQUAL(rows[i].name, at, rows[i].at);
		free(shot);
	}
}

static void the_innermost_of_deep_stacks_are_compared(void **state)
{
	struct python_shot *shot = calloc(1, sizeof(*shot));
	size_t at;

	assert_non_null(shot);
	shot->end = INTERPRETER_TOO_DEEP;
	shot->cnt = INTERPRETER_FRAMES;
	shot->depth = PYTHON_SHADOWS + 100;
	for (size_t i = 0; i < PYTHON_SHADOWS; i++)
		shot->shadow[PYTHON_SHADOWS - 1 - i] = 100 + i;
	for (size_t i = 0; i < shot->cnt; i++)
		shot->frames[i].code = 100 + i;
	assert_int_equal(python_verdict(shot, &at), PYTHON_DEEP);
	shot->frames[INTERPRETER_FRAMES - 1].code++;
	assert_int_equal(python_verdict(shot, &at), PYTHON_WRONG);
	free(shot);
}

static void judges_where_runs_are(void **state)
{
	static const struct interpreter_code evaluator = { 0x1000, 0x2000, false };
	static const struct {
		const char *name, *walk, *native;
		enum python_joins want;
	} rows[] = {
		{ "one for each", "ab1c3", "nenen", JOINS_RIGHT },
		{ "the innermost has not begun", "ab3c5", "nenenen", JOINS_RIGHT },
		{ "each is one too far in", "ab1c3", "nenenen", JOINS_WRONG },
		{ "what evaluates is another", "ab0c3", "nenen", JOINS_WRONG },
		{ "one is not known", "ab1c?", "nenen", JOINS_UNPAIRED },
		{ "more that evaluate", "a1", "nenenen", JOINS_UNCOUNTED },
		{ "less that evaluate", "a1b3", "nenn", JOINS_UNCOUNTED },
		{ "none of either", "", "nnn", JOINS_RIGHT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct python_shot *shot = calloc(1, sizeof(*shot));

		assert_non_null(shot);
		shot->end = INTERPRETER_COMPLETE;
		shot->native_end = UNWIND_END;
		parse_walk(rows[i].walk, shot);
		/* At its very end: the call of a function that does not return. */
		for (const char *frame = rows[i].native; *frame; frame++)
			shot->ips[shot->native_cnt++] = *frame == 'e' ? 0x2000 : 0x1000;
		ROW_EQUAL(rows[i].name, python_joins(shot, &evaluator), rows[i].want);
		shot->native_end = UNWIND_NO_FP;
		ROW_EQUAL(rows[i].name, python_joins(shot, &evaluator), JOINS_UNCOUNTED);
		free(shot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_functions),
		cmocka_unit_test(the_innermost_of_deep_stacks_are_compared),
		cmocka_unit_test(judges_where_runs_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
