// SPDX-License-Identifier: BSD-2-Clause
/* The code of interpreted frames, which may be heard of before or after they are. */
#include "profiler/recording/codes.h"
#include "tests/unit/row.h"

#include <stdio.h>
#include <string.h>

#define TGID  1000
#define CODE  0x7f0000001000ULL
#define CHECK 77

/* Each instruction of 3.9 is on the line that AT says, of two bytes a line. */
static const uint8_t lines[] = { 2, 1, 2, 1, 2, 1 };

static size_t make_record(struct sample_code *record, uint32_t tgid, uint64_t code, uint32_t check,
			  const char *name)
{
	*record = (struct sample_code){
		.type = 0,
		.tgid = tgid,
		.code = code,
		.check = check,
		.kind = INTERPRETER_PYTHON,
		.version = 0x0309,
		.first_line = 10,
		.name_len = (uint32_t)strlen(name),
		.name_state = 1 | PYTHON_TEXT_IS_COMPACT | PYTHON_TEXT_IS_ASCII,
		.file_len = 6,
		.file_state = 1 | PYTHON_TEXT_IS_COMPACT | PYTHON_TEXT_IS_ASCII,
		.lines_len = sizeof(lines),
	};
	snprintf((char *)record->name, sizeof(record->name), "%s", name);
	memcpy(record->file, "app.py", 6);
	memcpy(record->lines_bytes, lines, sizeof(lines));
	return offsetof(struct sample_code, lines_bytes) + sizeof(lines);
}

static uint32_t frame_of(struct codes *codes, uint32_t tgid, uint64_t code, uint32_t check,
			 uint32_t at)
{
	const struct interpreter_frame frame = { code | INTERPRETER_RUN_END, check, at };
	uint32_t id;

	assert_int_equal(codes_frame(codes, tgid, &frame, &id), 0);
	return id;
}

static void equal_frames_have_one_number(void **state)
{
	struct codes *codes;
	uint32_t id;

	(void)state;
	assert_int_equal(codes_new(&codes), 0);
	id = frame_of(codes, TGID, CODE, CHECK, 2);
	assert_int_equal(frame_of(codes, TGID, CODE, CHECK, 2), id);
	assert_int_not_equal(frame_of(codes, TGID, CODE, CHECK, 4), id);
	assert_int_not_equal(frame_of(codes, TGID, CODE, CHECK + 1, 2), id);
	assert_int_not_equal(frame_of(codes, TGID, CODE + 16, CHECK, 2), id);
	assert_int_not_equal(frame_of(codes, TGID + 1, CODE, CHECK, 2), id);
	codes_free(codes);
	codes_free(NULL);
}

static void a_frame_is_named_by_its_own_code(void **state)
{
	struct sample_code record;
	struct code_place place;
	struct codes *codes;
	uint32_t early, other;
	size_t size;

	(void)state;
	assert_int_equal(codes_new(&codes), 0);
	early = frame_of(codes, TGID, CODE, CHECK, 4);
	codes_place(codes, early, &place);
	assert_null(place.name);
	assert_int_equal(place.lack, CODE_UNHEARD);
	codes_place(codes, frame_of(codes, TGID, CODE, 0, 4), &place);
	assert_int_equal(place.lack, CODE_UNREADABLE);
	size = make_record(&record, TGID, CODE, CHECK, "handle");
	assert_int_equal(codes_add(codes, &record, size), 0);
	codes_place(codes, early, &place);
	assert_string_equal(place.name, "handle");
	assert_int_equal(place.lack, CODE_NAMED);
	assert_string_equal(place.file, "app.py");
	assert_int_equal(place.first_line, 10);
	assert_int_equal(place.line, 12);
	assert_int_equal(place.kind, INTERPRETER_PYTHON);
	/* The address is another function's later. */
	size = make_record(&record, TGID, CODE, CHECK + 1, "later");
	assert_int_equal(codes_add(codes, &record, size), 0);
	other = frame_of(codes, TGID, CODE, CHECK + 1, 0);
	codes_place(codes, other, &place);
	assert_string_equal(place.name, "later");
	codes_place(codes, early, &place);
	assert_string_equal(place.name, "handle");
	codes_free(codes);
}

/* Two CPUs tell of it; a text that was not there; a language that nobody knows. */
static void what_is_heard_twice_or_makes_no_sense_changes_nothing(void **state)
{
	struct sample_code record;
	struct code_place place;
	struct codes *codes;
	size_t size;

	(void)state;
	assert_int_equal(codes_new(&codes), 0);
	size = make_record(&record, TGID, CODE, CHECK, "first");
	assert_int_equal(codes_add(codes, &record, size), 0);
	size = make_record(&record, TGID, CODE, CHECK, "second");
	assert_int_equal(codes_add(codes, &record, size), 0);
	codes_place(codes, frame_of(codes, TGID, CODE, CHECK, 0), &place);
	assert_string_equal(place.name, "first");
	size = make_record(&record, TGID, CODE + 16, CHECK, "");
	record.name_state = 0;
	assert_int_equal(codes_add(codes, &record, size), 0);
	codes_place(codes, frame_of(codes, TGID, CODE + 16, CHECK, 0), &place);
	assert_null(place.name);
	assert_int_equal(place.lack, CODE_UNDECODED);
	make_record(&record, TGID, CODE + 32, CHECK, "none");
	record.kind = INTERPRETER_KIND_CNT;
	assert_int_equal(codes_add(codes, &record, offsetof(struct sample_code, lines_bytes)), 0);
	codes_place(codes, frame_of(codes, TGID, CODE + 32, CHECK, 0), &place);
	assert_null(place.name);
	codes_free(codes);
}

/* A line of two bytes each in all of the record, which begins at LINES_AT. */
static size_t make_piece(struct sample_code *record, uint32_t lines_at)
{
	make_record(record, TGID, CODE, CHECK, "long");
	record->lines_len = 3 * CODE_LINES_SIZE;
	record->lines_at = lines_at;
	for (size_t i = 0; i < sizeof(record->lines_bytes); i += 2) {
		record->lines_bytes[i] = 2;
		record->lines_bytes[i + 1] = 1;
	}
	return offsetof(struct sample_code, lines_bytes) + CODE_LINES_SIZE;
}

/* Pieces are heard twice, as two CPUs tell of them, and one may be lost until all are told again. */
static void the_rest_of_a_long_table_is_heard_in_pieces(void **state)
{
	static const struct {
		const char *name;
		uint32_t piece, at, line;
	} rows[] = {
		{ "the first", 0, 101, 10 + 50 },
		{ "not the next one", 2, 1101, 0 },
		{ "the first again", 0, 1101, 0 },
		{ "the next one", 1, 1101, 10 + 550 },
		{ "again", 1, 2101, 0 },
		{ "the last one", 2, 2101, 10 + 1050 },
		{ "of a frame that was asked for before", 2, 1101, 10 + 550 },
		{ "the last line", 2, 3071, 10 + 1535 },
	};
	struct sample_code record;
	struct code_place place;
	struct codes *codes;

	(void)state;
	assert_int_equal(codes_new(&codes), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = make_piece(&record, rows[i].piece * CODE_LINES_SIZE);

		assert_int_equal(codes_add(codes, &record, size), 0);
		codes_place(codes, frame_of(codes, TGID, CODE, CHECK, rows[i].at), &place);
		ROW_EQUAL(rows[i].name, place.line, rows[i].line);
	}
	codes_free(codes);
}

/* 3.9: so many lines of two bytes each are more than a record has. */
static void behind_a_cut_no_line_is_known(void **state)
{
	static const struct {
		const char *name;
		uint32_t at, line;
	} rows[] = { { "before the cut", 101, 10 + 50 }, { "behind it", 1100, 0 } };
	struct sample_code record;
	struct code_place place;
	struct codes *codes;

	(void)state;
	assert_int_equal(codes_new(&codes), 0);
	assert_int_equal(codes_add(codes, &record, make_piece(&record, 0)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		codes_place(codes, frame_of(codes, TGID, CODE, CHECK, rows[i].at), &place);
		ROW_EQUAL(rows[i].name, place.line, rows[i].line);
		ROW_EQUAL(rows[i].name, place.first_line, 10);
	}
	codes_free(codes);
}

/* A process of USER that has new code without end; returns how much of that is kept. */
static uint32_t fill(struct codes *codes, uint32_t tgid, uint32_t user)
{
	struct code_place place;
	struct sample_code record;
	size_t size = make_record(&record, tgid, CODE, CHECK, "work");

	record.user = user;
	for (uint32_t i = 1; i < 1000000; i++) {
		record.check = i;
		assert_int_equal(codes_add(codes, &record, size), 0);
		if (i % 256)
			continue;
		codes_place(codes, frame_of(codes, tgid, CODE, i, 0), &place);
		if (place.lack == CODE_NAMED)
			continue;
		assert_int_equal(place.lack, CODE_NO_ROOM);
		return i;
	}
	fail();
	return 0;
}

/* Others have room for theirs, those of the same user, too. */
static void code_without_end_is_not_kept(void **state)
{
	struct codes *codes;
	uint32_t first;

	(void)state;
	assert_int_equal(codes_new(&codes), 0);
	first = fill(codes, TGID, 1000);
	assert_in_range(first, 10000, 100000);
	assert_in_range(fill(codes, TGID + 1, 1000), first / 4, first / 2);
	assert_in_range(fill(codes, TGID + 2, 2), first / 3, first);
	codes_free(codes);
}

/* So are frames, of which each could have another instruction. */
static void frames_without_end_are_one(void **state)
{
	struct codes *codes;
	struct code_place place;
	uint32_t id = UINT32_MAX - 1, last = 0, i;

	(void)state;
	assert_int_equal(codes_new(&codes), 0);
	for (i = 0; i < 10000000 && id != last; i++) {
		last = id;
		id = frame_of(codes, TGID, CODE, CHECK, i);
	}
	assert_in_range(i, 10000, 1000000);
	codes_place(codes, id, &place);
	assert_int_equal(place.lack, CODE_NO_ROOM);
	assert_int_not_equal(frame_of(codes, TGID + 1, CODE, CHECK, 0), id);
	codes_free(codes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_frames_have_one_number),
		cmocka_unit_test(a_frame_is_named_by_its_own_code),
		cmocka_unit_test(what_is_heard_twice_or_makes_no_sense_changes_nothing),
		cmocka_unit_test(the_rest_of_a_long_table_is_heard_in_pieces),
		cmocka_unit_test(behind_a_cut_no_line_is_known),
		cmocka_unit_test(code_without_end_is_not_kept),
		cmocka_unit_test(frames_without_end_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
