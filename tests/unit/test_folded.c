// SPDX-License-Identifier: BSD-2-Clause
/* test_folded.c - folded stacks: what is read, what is refused, how it is written. */
#include "flamegraph/formats.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flamegraph/profile.h"
#include "tests/unit/golden.h"

#define CNT(array) (sizeof(array) / sizeof(*(array)))

static struct profile *read_bytes(const char *text, size_t len, struct folded_result *result)
{
	FILE *f = tmpfile();
	struct profile *p;

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	rewind(f);
	assert_int_equal(profile_new(&p), 0);
	assert_int_equal(folded_read(p, f, result), 0);
	fclose(f);
	return p;
}

static struct profile *read_text(const char *text, struct folded_result *result)
{
	return read_bytes(text, strlen(text), result);
}

/* To be freed. */
static char *write_text(const struct profile *p, bool no_annotations, size_t *len)
{
	struct folded_opts opts = { .no_annotations = no_annotations };
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	assert_non_null(f);
	assert_int_equal(folded_write(p, &opts, f), 0);
	fclose(f);
	return text;
}

static void good_input_comes_out_sorted_and_merged(void **state)
{
	static const struct {
		const char *name, *in, *out;
	} rows[] = {
		{ "nothing gives nothing", "", "" },
		{ "equal stacks are added", "a;b 1\na;b 2\n", "a;b 3\n" },
		{ "a stack and what continues it are two lines", "a;b;c 1\na;b 2\n",
		  "a;b 2\na;b;c 1\n" },
		{ "fractions are kept", "a 0.5\nb 1.25\nc 2.0\n", "a 0.5\nb 1.25\nc 2\n" },
		{ "tenths do not gather noise", "a 0.1\na 0.2\n", "a 0.3\n" },
		{ "a count may end in a point", "a 3.\n", "a 3\n" },
		{ "the last line needs no newline", "a 1\nb 2", "a 1\nb 2\n" },
		{ "carriage returns are dropped", "a 1\r\n\r\nb 2\r\n", "a 1\nb 2\n" },
		{ "the last space splits", "a b 1 2\n", "a b 1 2\n" },
		{ "a zero count is a stack without weight", "a 0\nb 1\n", "b 1\n" },
		{ "empty names are unknown", "a;;b 1\n;c 1\n", "[unknown];c 1\na;[unknown];b 1\n" },
		{ "annotations are kinds", "a_[k];b_[i];c_[j];d 1\n", "a_[k];b_[i];c_[j];d 1\n" },
		{ "so is that of interpreters", "f (f.py:1)_[p];_[p] 1\n",
		  "f (f.py:1)_[p];_[p] 1\n" },
		{ "other annotations are names", "a_[w] 1\n_[k] 2\n", "_[k] 2\na_[w] 1\n" },
		{ "less than a millionth is nothing", "a 0.0000004\nb 1\n", "b 1\n" },
		{ "fifteen digits are written", "a 12345678901234.56\n", "a 12345678901234.6\n" },
		{ "the largest exact count", "a 9007199254740992\n", "a 9007199254740992\n" },
		{ "a count sorts before the names that go on", "a 5\na b 3\na!x 2\na;c 1\na~ 1\n",
		  "a 5\na b 3\na!x 2\na;c 1\na~ 1\n" },
		{ "digits of counts take part in the order", "a 2\na 1 1\na 10\na 3 9\n",
		  "a 1 1\na 12\na 3 9\n" },
		{ "bytes above 127 come last", "\xc3\xa9 1\nz 1\n", "z 1\n\xc3\xa9 1\n" },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		struct folded_result result;
		struct profile *p = read_text(rows[i].in, &result);
		size_t len;
		char *out = write_text(p, false, &len);

		if (strcmp(out, rows[i].out))
			fail_msg("%s: got `%s`", rows[i].name, out);
		assert_int_equal(result.bad_cnt, 0);
		free(out);
		profile_free(p);
	}
}

static void a_bad_line_is_counted_and_the_rest_used(void **state)
{
	static const struct {
		enum folded_fault fault;
		const char *line;
		size_t len; /* 0: strlen(line) */
	} rows[] = {
		{ FOLDED_NO_COUNT, "a;b", 0 },
		{ FOLDED_BAD_COUNT, "a;b ", 0 },
		{ FOLDED_BAD_COUNT, "a;b x", 0 },
		{ FOLDED_BAD_COUNT, "a;b 1e3", 0 },
		{ FOLDED_BAD_COUNT, "a;b 0x10", 0 },
		{ FOLDED_BAD_COUNT, "a;b .5", 0 },
		{ FOLDED_BAD_COUNT, "a;b 1.5.2", 0 },
		{ FOLDED_BAD_COUNT, "a;b -", 0 },
		{ FOLDED_BAD_COUNT, "a;b nan", 0 },
		{ FOLDED_NEGATIVE, "a;b -1", 0 },
		{ FOLDED_TOO_LARGE, "a;b 9007199254740994", 0 },
		{ FOLDED_TOO_LARGE, "a;b 99999999999999999999999999999999999999999", 0 },
		{ FOLDED_NO_STACK, " 12", 0 },
		{ FOLDED_NUL, "a\0b 12", 6 },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		size_t len = rows[i].len ? rows[i].len : strlen(rows[i].line), out_len;
		struct folded_result result;
		char in[256], *out;
		struct profile *p;

		memcpy(in, "good 1\n", 7);
		memcpy(in + 7, rows[i].line, len);
		memcpy(in + 7 + len, "\ngood 2\nbad\n", 12);
		p = read_bytes(in, 7 + len + 12, &result);
		out = write_text(p, false, &out_len);
		if (result.first_fault != rows[i].fault)
			fail_msg("`%s` %s", rows[i].line, folded_fault_text(result.first_fault));
		assert_string_equal(out, "good 3\n");
		assert_int_equal(result.line_cnt, 4);
		assert_int_equal(result.stack_cnt, 2);
		assert_int_equal(result.bad_cnt, 2);
		assert_int_equal(result.first_bad, 2);
		free(out);
		profile_free(p);
	}
}

static void every_fault_has_a_text(void **state)
{
	for (int i = 0; i < FOLDED_FAULT_CNT; i++)
		assert_true(strlen(folded_fault_text(i)) > 0);
	assert_non_null(folded_fault_text(FOLDED_FAULT_CNT));
}

/* Lengths around the limit, with and without an end of line. */
static void only_lines_up_to_one_mebibyte_are_stacks(void **state)
{
	static const struct {
		size_t len;
		const char *end;
		bool good;
		size_t blank_cnt; /* lines before it, that blocks may end anywhere in it */
	} rows[] = {
		{ FOLDED_MAX_LINE, "\n", true, 0 },
		{ FOLDED_MAX_LINE, "\r\n", true, 0 },
		{ FOLDED_MAX_LINE, "\r\n", true, FOLDED_MAX_LINE - 1 },
		{ FOLDED_MAX_LINE, "\r\n", true, FOLDED_MAX_LINE - 2 },
		{ FOLDED_MAX_LINE, "", true, 0 },
		{ FOLDED_MAX_LINE + 1, "\n", false, 0 },
		{ FOLDED_MAX_LINE + 1, "\n", false, FOLDED_MAX_LINE - 2 },
		{ FOLDED_MAX_LINE + 1, "", false, 0 },
		{ FOLDED_MAX_LINE * 3, "\n", false, 0 },
		{ FOLDED_MAX_LINE * 3, "", false, 0 },
	};
	char *in = malloc(FOLDED_MAX_LINE * 4 + 16);

	for (size_t i = 0; i < CNT(rows); i++) {
		char *end = in + rows[i].blank_cnt + rows[i].len;
		struct folded_result result;
		struct profile *p;

		memset(in, '\n', rows[i].blank_cnt);
		memset(in + rows[i].blank_cnt, 'x', rows[i].len);
		memcpy(end - 2, " 7", 2);
		strcpy(end, rows[i].end);
		if (*rows[i].end)
			strcat(end, "a 1\n");
		p = read_text(in, &result);
		if (result.stack_cnt != (uint64_t)rows[i].good + (*rows[i].end != '\0'))
			fail_msg("row %zu: %d stacks", i, (int)result.stack_cnt);
		assert_int_equal(result.bad_cnt, !rows[i].good);
		if (!rows[i].good) {
			assert_int_equal(result.first_fault, FOLDED_TOO_LONG);
			assert_int_equal(result.first_bad, rows[i].blank_cnt + 1);
		}
		profile_free(p);
	}
	free(in);
}

static void stacks_deeper_than_the_limit_are_cut(void **state)
{
	size_t depth = PROFILE_MAX_DEPTH + 10;
	struct folded_result result;
	struct profile *p;
	char *in = malloc(depth * 4 + 64);

	for (size_t i = 0; i < depth; i++)
		memcpy(in + i * 2, "f;", 2);
	strcpy(in + depth * 2 - 1, " 3\n");
	memcpy(in + depth * 2 + 2, in, PROFILE_MAX_DEPTH * 2);
	strcpy(in + depth * 2 + 2 + PROFILE_MAX_DEPTH * 2 - 1, " 4\n");
	p = read_text(in, &result);
	assert_int_equal(result.stack_cnt, 2);
	assert_int_equal(result.cut_cnt, 1);
	assert_int_equal(profile_depth(p), PROFILE_MAX_DEPTH);
	assert_int_equal(profile_node_cnt(p), PROFILE_MAX_DEPTH + 1);
	assert_true(profile_nodes(p)[PROFILE_MAX_DEPTH].self == 7);
	profile_free(p);
	free(in);
}

static void add_stack(struct profile *p, const char *name, size_t len, enum frame_kind kind)
{
	uint32_t frame, node;

	assert_int_equal(profile_frame(p, name, len, kind, &frame), 0);
	assert_int_equal(profile_child(p, PROFILE_ROOT, frame, &node), 0);
	profile_add(p, node, 1);
}

static void names_are_cleaned_and_what_looks_equal_is_merged(void **state)
{
	struct profile *p;
	size_t len;
	char *out;

	assert_int_equal(profile_new(&p), 0);
	add_stack(p, "a;b", 3, FRAME_USER);
	add_stack(p, "a:b", 3, FRAME_USER);
	add_stack(p, "n\n\x7f\0z", 5, FRAME_USER);
	add_stack(p, "f", 1, FRAME_KERNEL);
	add_stack(p, "f_[k]", 5, FRAME_USER);
	add_stack(p, "f", 1, FRAME_JIT);
	out = write_text(p, false, &len);
	assert_string_equal(out, "a:b 2\nf_[j] 1\nf_[k] 2\nn???z 1\n");
	free(out);
	out = write_text(p, true, &len);
	assert_string_equal(out, "a:b 2\nf 2\nf_[k] 1\nn???z 1\n");
	free(out);
	profile_free(p);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* Names from a small and nasty alphabet: many are prefixes of each other. */
static char *random_stacks(uint32_t seed, size_t *len)
{
	static const char alphabet[] = "aab;; !~019._[k]:\xc3\xa9\xff\t";
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	for (int i = 0; i < 400; i++) {
		int cnt = 1 + next_random(&seed) % 8;

		fputc('a' + next_random(&seed) % 3, f);
		while (cnt--)
			fputc(alphabet[next_random(&seed) % (sizeof(alphabet) - 1)], f);
		fprintf(f, " %u", next_random(&seed) % 120);
		if (next_random(&seed) % 4 == 0)
			fprintf(f, ".%u", next_random(&seed) % 1000);
		fputc('\n', f);
	}
	fclose(f);
	return text;
}

static int line_order(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* As `LC_ALL=C sort` does: whole lines, bytes. */
static void assert_sorted(const char *text)
{
	char *copy = strdup(text), *save, **lines = calloc(strlen(text) + 1, sizeof(*lines));
	const char *at = text;
	size_t cnt = 0;

	for (char *s = strtok_r(copy, "\n", &save); s; s = strtok_r(NULL, "\n", &save))
		lines[cnt++] = s;
	qsort(lines, cnt, sizeof(*lines), line_order);
	for (size_t i = 0; i < cnt; i++) {
		size_t len = strlen(lines[i]);

		if (strncmp(at, lines[i], len) || at[len] != '\n')
			fail_msg("line %zu is not `%s`", i + 1, lines[i]);
		at += len + 1;
	}
	free(lines);
	free(copy);
}

static void output_is_sorted_and_reads_back_as_itself(void **state)
{
	for (uint32_t seed = 0; seed < 50; seed++) {
		struct folded_result result;
		size_t in_len, out_len, again_len;
		char *in = random_stacks(seed, &in_len), *out, *again;
		struct profile *p = read_bytes(in, in_len, &result), *back;

		assert_int_equal(result.bad_cnt, 0);
		out = write_text(p, false, &out_len);
		assert_sorted(out);
		back = read_bytes(out, out_len, &result);
		assert_int_equal(result.bad_cnt, 0);
		again = write_text(back, false, &again_len);
		assert_string_equal(again, out);
		profile_free(back);
		profile_free(p);
		free(again);
		free(out);
		free(in);
	}
}

static void binary_junk_is_read_without_harm(void **state)
{
	enum { LEN = 1 << 16 };
	char *junk = malloc(LEN);
	uint32_t seed = 1;
	uint64_t line_cnt = 1;
	struct folded_result result;

	for (size_t i = 0; i < LEN; i++) {
		junk[i] = next_random(&seed);
		line_cnt += junk[i] == '\n';
	}
	profile_free(read_bytes(junk, LEN, &result));
	assert_true(result.bad_cnt > 0);
	assert_int_equal(result.line_cnt, line_cnt);
	free(junk);
}

/* Two threads take turns then; bad lines and those that cross blocks are where they were. */
static void an_input_of_many_blocks_loses_nothing(void **state)
{
	enum { LINES = 200000 };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct folded_result result;
	struct profile *p, *by_time;
	double sum = 0;

	for (int i = 0; i < LINES; i++) {
		int kind = i * 7919 % 1000;

		if (kind == 999) {
			fprintf(f, "no count here\n");
			continue;
		}
		sum += i % 10;
		fprintf(f, "root;f%d;g%d;a_longer_name_%d %d\n", kind % 7, kind, i % 3000, i % 10);
	}
	fclose(f);
	p = read_bytes(text, len, &result);
	assert_int_equal(result.line_cnt, LINES);
	assert_int_equal(result.bad_cnt, LINES / 1000);
	assert_int_equal(result.first_bad, 322);
	assert_true(profile_weight(p) == sum);
	f = fmemopen(text, len, "r");
	assert_int_equal(profile_new(&by_time), 0);
	assert_int_equal(folded_read_by_time(by_time, f, &result), 0);
	fclose(f);
	assert_int_equal(result.bad_cnt, LINES / 1000);
	assert_true(profile_weight(by_time) == sum);
	assert_true(profile_node_cnt(by_time) > 3 * profile_node_cnt(p));
	assert_true(profile_starts(by_time)[profile_node_cnt(by_time) - 1] >= sum - 20);
	profile_free(by_time);
	profile_free(p);
	free(text);
}

static void errors_of_the_stream_are_returned(void **state)
{
	struct folded_result result;
	struct profile *p = read_text("a;b 1\n", &result);
	FILE *full = fopen("/dev/full", "w"), *directory = fopen("/", "r");

	assert_int_equal(folded_write(p, NULL, full), -ENOSPC);
	assert_int_equal(folded_read(p, directory, &result), -EISDIR);
	assert_int_equal(result.stack_cnt, 0);
	fclose(full);
	fclose(directory);
	profile_free(p);
}

static void golden_files_are_as_expected(void **state)
{
	static const struct {
		const char *in, *out;
		bool no_annotations;
	} rows[] = {
		{ "tests/golden/kinds.folded", "tests/golden/kinds.out.folded", false },
		{ "tests/golden/kinds.folded", "tests/golden/kinds.plain.folded", true },
		{ "tests/golden/interpreted.folded", "tests/golden/interpreted.out.folded", false },
		{ "tests/golden/hostile.folded", "tests/golden/hostile.out.folded", false },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		struct folded_result result;
		size_t in_len, out_len;
		char *in = golden_slurp(rows[i].in, &in_len), *out;
		struct profile *p = read_bytes(in, in_len, &result);

		out = write_text(p, rows[i].no_annotations, &out_len);
		assert_int_equal(result.bad_cnt, 0);
		golden_compare(rows[i].out, out, out_len);
		profile_free(p);
		free(out);
		free(in);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_input_comes_out_sorted_and_merged),
		cmocka_unit_test(a_bad_line_is_counted_and_the_rest_used),
		cmocka_unit_test(every_fault_has_a_text),
		cmocka_unit_test(only_lines_up_to_one_mebibyte_are_stacks),
		cmocka_unit_test(stacks_deeper_than_the_limit_are_cut),
		cmocka_unit_test(names_are_cleaned_and_what_looks_equal_is_merged),
		cmocka_unit_test(output_is_sorted_and_reads_back_as_itself),
		cmocka_unit_test(binary_junk_is_read_without_harm),
		cmocka_unit_test(an_input_of_many_blocks_loses_nothing),
		cmocka_unit_test(errors_of_the_stream_are_returned),
		cmocka_unit_test(golden_files_are_as_expected),
	};

	return cmocka_run_group_tests_name("folded", tests, NULL, NULL);
}
