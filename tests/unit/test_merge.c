// SPDX-License-Identifier: BSD-2-Clause
/* One stack of native frames and those that an interpreter evaluates in them. */
#include "profiler/recording/merge.h"
#include "tests/unit/row.h"

#include <string.h>

#include "bpf/sample.h"

#define TGID   1000
#define EVAL   0x500000ULL /* the function that evaluates */
#define OTHER  0x400000ULL
#define FRAMES 8

/* A stack as text: N and E are native frames, E evaluates; a letter in lower case is one of the
   interpreter's, and a digit behind it ends its run: the native frame it is paired with; ? is none. */
static size_t read_frames(const char *text, struct interpreter_frame *frames)
{
	size_t cnt = 0;

	for (; *text; text++) {
		if (*text >= 'a' && *text <= 'z') {
			frames[cnt++] =
				(struct interpreter_frame){ .code = (uint64_t)*text, .check = 1 };
			continue;
		}
		frames[cnt - 1].code |=
			INTERPRETER_RUN_END |
			(*text == '?' ? INTERPRETER_UNPAIRED : (uint64_t)(*text - '0'))
				<< INTERPRETER_PAIR_SHIFT;
	}
	return cnt;
}

static size_t read_native(const char *text, uint64_t *ips)
{
	size_t cnt = 0;

	for (; *text; text++, cnt++)
		ips[cnt] = (*text == 'E' ? EVAL : OTHER) + 0x10 + cnt;
	return cnt;
}

/* The merged stack as text, where the frames of CODES are numbered as they come. */
static void write_merged(const uint64_t *ips, size_t cnt, char *to)
{
	for (size_t i = 0; i < cnt; i++)
		*to++ = ips[i] & MERGED_INTERPRETED ? (char)('a' + (ips[i] & 0xff))
			: ips[i] - EVAL < 0x100	    ? 'E'
						    : 'N';
	*to = '\0';
}

/* Of a greenlet what is outside of its first frame evaluates those of whoever started it. */
static void runs_are_before_what_evaluates_them(void **state)
{
	static const struct interpreter_code none = { 0 };
	static const struct interpreter_code eval = { EVAL, EVAL + 0x100, false };
	static const struct interpreter_code switched = { EVAL, EVAL + 0x100, true };
	static const struct {
		const char *name, *native, *frames, *want;
		const struct interpreter_code *evaluator;
		bool unpaired;
	} rows[] = {
		{ "no frames", "NN", "", "NN", &none, false },
		{ "one run", "NEN", "ab1", "NabEN", &none, false },
		{ "two", "NENEN", "a1bc3", "NaENbcEN", &none, false },
		{ "no native frame has it", "NEN", "ab?", "NENab", &none, true },
		{ "nor has the outer one", "NENEN", "a1bc?", "NaENENbc", &none, true },
		{ "a run that was cut", "NEN", "ab", "NENab", &none, true },
		{ "counted", "NEN", "ab?", "NabEN", &eval, false },
		{ "counted twice", "NENEN", "a?bc?", "NaENbcEN", &eval, false },
		{ "the innermost has not begun", "ENEN", "ab?", "ENabEN", &eval, false },
		{ "too many that evaluate", "ENENEN", "ab?", "abENENEN", &eval, true },
		{ "too few", "NEN", "a?b?", "NabEN", &eval, true },
		{ "none", "NN", "ab?", "NNab", &eval, true },
		{ "marks are believed, not counts", "ENEN", "ab2", "ENabEN", &eval, false },
		{ "switched: as many", "NENEN", "a?bc?", "NaENbcEN", &switched, false },
		{ "switched: one more, outside", "ENEN", "ab?", "abENEN", &switched, false },
		{ "switched: more", "NENENENE", "a?b?", "NaENbENENE", &switched, false },
		{ "switched: too few", "NEN", "a?b?", "NabEN", &switched, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct interpreter_frame frames[FRAMES];
		uint64_t ips[FRAMES], merged[2 * FRAMES];
		struct raw_sample raw = { .tgid = TGID, .user = ips };
		struct codes *codes;
		char got[2 * FRAMES + 1];
		bool unpaired;
		size_t cnt;

		raw.user_cnt = read_native(rows[i].native, ips);
		raw.interpreted.frames = frames;
		raw.interpreted.cnt = read_frames(rows[i].frames, frames);
		assert_int_equal(codes_new(&codes), 0);
		assert_int_equal(merge_stacks(codes, &raw, rows[i].evaluator, merged, &cnt,
					      &unpaired),
				 0);
		write_merged(merged, cnt, got);
		if (strcmp(got, rows[i].want))
			fail_msg("[%s] got %s, want %s", rows[i].name, got, rows[i].want);
		ROW_EQUAL(rows[i].name, unpaired, rows[i].unpaired);
		codes_free(codes);
	}
}

/* A return address belongs to the call before it; an exact one does not. */
static void what_evaluates_is_told_by_its_call(void **state)
{
	const struct interpreter_code eval = { EVAL, EVAL + 0x100, false };
	struct interpreter_frame frame = { .code = 1 | INTERPRETER_RUN_END |
						   (uint64_t)INTERPRETER_UNPAIRED
							   << INTERPRETER_PAIR_SHIFT };
	const uint64_t behind[] = { OTHER, EVAL + 0x100 };
	const uint64_t exact[] = { OTHER, (EVAL + 0x100) | SAMPLE_IP_EXACT };
	struct raw_sample raw = { .user = behind,
				  .user_cnt = 2,
				  .interpreted = { .frames = &frame, .cnt = 1 } };
	uint64_t merged[3];
	struct codes *codes;
	bool unpaired;
	size_t cnt;

	(void)state;
	assert_int_equal(codes_new(&codes), 0);
	assert_int_equal(merge_stacks(codes, &raw, &eval, merged, &cnt, &unpaired), 0);
	assert_false(unpaired);
	raw.user = exact;
	assert_int_equal(merge_stacks(codes, &raw, &eval, merged, &cnt, &unpaired), 0);
	assert_true(unpaired);
	codes_free(codes);
}

/* Any word may be on a stack, where a return address should be. */
static void a_native_frame_is_never_taken_for_the_interpreters(void **state)
{
	static const uint64_t rows[] = { 0x401000, SAMPLE_IP_EXACT | 0x401000, MERGED_INTERPRETED,
					 ~0ULL, MERGED_INTERPRETED | 0x401000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_false(merge_native(rows[i]) & MERGED_INTERPRETED);
		if (!(rows[i] & MERGED_INTERPRETED))
			assert_true(merge_native(rows[i]) == rows[i]);
		else /* in no mapping, as before */
			assert_true((merge_native(rows[i]) & ~SAMPLE_IP_EXACT) >> 56);
	}
}

static void runs_are_paired_by_where_their_marks_are(void **state)
{
	static const uint64_t ends[] = { 0x1100, 0x1200, 0x1300, 0x1400 };
	static const struct {
		const char *name;
		uint64_t marks[2];
		uint64_t want[2];
	} rows[] = {
		{ "in two frames", { 0x1180, 0x1250 }, { 1, 2 } },
		{ "in the first, at its beginning", { 0x1000, 0x1100 }, { 0, 1 } },
		{ "in one and the same", { 0x1110, 0x1190 }, { 1, 1 } },
		{ "below all", { 0xff0, 0x1180 }, { INTERPRETER_UNPAIRED, INTERPRETER_UNPAIRED } },
		{ "in the outermost, which ends nowhere",
		  { 0x1180, 0x1350 },
		  { 1, INTERPRETER_UNPAIRED } },
		{ "without a mark", { 0, 0x1180 }, { INTERPRETER_UNPAIRED, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct interpreter_frame frames[FRAMES];
		size_t cnt = read_frames("a?bc?", frames);

		merge_pair(frames, cnt, rows[i].marks, 0x1000, ends, ARRAY_SIZE(ends));
		ROW_EQUAL(rows[i].name, interpreter_frame_pair(&frames[0]), rows[i].want[0]);
		ROW_EQUAL(rows[i].name, frames[1].code & INTERPRETER_RUN_END, 0);
		ROW_EQUAL(rows[i].name, interpreter_frame_pair(&frames[2]), rows[i].want[1]);
		ROW_EQUAL(rows[i].name, frames[2].code & INTERPRETER_CODE_MASK, 'c');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_before_what_evaluates_them),
		cmocka_unit_test(what_evaluates_is_told_by_its_call),
		cmocka_unit_test(a_native_frame_is_never_taken_for_the_interpreters),
		cmocka_unit_test(runs_are_paired_by_where_their_marks_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
