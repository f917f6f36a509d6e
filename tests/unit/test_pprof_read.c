// SPDX-License-Identifier: BSD-2-Clause
/* test_pprof_read.c - pprof files of others: what is used, what is refused, and why. */
#include "flamegraph/pprof/pprof.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "flamegraph/pprof/gunzip.h"
#include "tests/unit/pprof_bytes.h"

#define CNT(array)  (sizeof(array) / sizeof(*(array)))
#define MAX_MESSAGE (1 << 20)

static char *pack_gzip(const void *bytes, size_t len, size_t *packed_len)
{
	z_stream z = { 0 };
	char *packed = malloc(len + 1024);

	assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
	z.next_in = (Bytef *)bytes;
	z.avail_in = len;
	z.next_out = (Bytef *)packed;
	z.avail_out = len + 1024;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	*packed_len = len + 1024 - z.avail_out;
	deflateEnd(&z);
	return packed;
}

static int read_message(const void *bytes, size_t len, struct profile **p,
			struct pprof_result *result)
{
	size_t packed_len;
	char *packed = pack_gzip(bytes, len, &packed_len);
	int err = read_pprof(packed, packed_len, p, result);

	free(packed);
	return err;
}

#define STRING(s)    "\x32" s /* s: its length, then it */
#define SAMPLES_TYPE "\x0a\x04\x08\x01\x10\x02"
#define STRINGS                                                                                    \
	STRING("\x00")                                                                             \
	STRING("\x07"                                                                              \
	       "samples")                                                                          \
	STRING("\x05"                                                                              \
	       "count")                                                                            \
	STRING("\x01"                                                                              \
	       "f")
#define FUNCTION "\x2a\x04\x08\x01\x10\x03"
#define LOCATION "\x22\x06\x08\x01\x22\x02\x08\x01"
#define SAMPLE	 "\x12\x06\x0a\x01\x01\x12\x01\x05"
#define BYTES(s) s, sizeof(s) - 1

static void a_profile_of_the_fewest_bytes_is_read(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *want;
	} rows[] = {
		{ BYTES(STRINGS SAMPLES_TYPE FUNCTION LOCATION SAMPLE), "f 5\n" },
		{ BYTES(SAMPLE LOCATION FUNCTION SAMPLES_TYPE STRINGS), "f 5\n" },
		{ BYTES(STRINGS SAMPLES_TYPE FUNCTION LOCATION SAMPLE SAMPLE), "f 10\n" },
		/* Not packed, as old writers have it. */
		{ BYTES(STRINGS SAMPLES_TYPE FUNCTION LOCATION "\x12\x04\x08\x01\x10\x05"),
		  "f 5\n" },
		/* A field that nobody knows. */
		{ BYTES(STRINGS SAMPLES_TYPE FUNCTION LOCATION SAMPLE "\xfa\x01\x02hi"), "f 5\n" },
		/* A location without a name or a mapping. */
		{ BYTES(STRINGS SAMPLES_TYPE "\x22\x02\x08\x01" SAMPLE), "[unknown] 5\n" },
		{ BYTES(STRINGS SAMPLES_TYPE), "" },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		struct pprof_result result;
		struct profile *p;

		if (read_message(rows[i].bytes, rows[i].len, &p, &result))
			fail_msg("row %zu: %s", i, pprof_fault_text(result.fault));
		assert_folded(p, rows[i].want);
		profile_free(p);
	}
}

static void damage_is_told_apart(void **state)
{
	static const struct {
		enum pprof_fault fault;
		const char *bytes;
		size_t len;
	} rows[] = {
		{ PPROF_NO_VALUES, BYTES("") },
		{ PPROF_NO_VALUES, BYTES(STRINGS) },
		{ PPROF_NO_MESSAGE, BYTES("\x0a\x05\x08") },
		{ PPROF_NO_MESSAGE, BYTES("\x00\x00") },
		{ PPROF_NO_MESSAGE, BYTES("\x0f") },
		{ PPROF_NO_MESSAGE, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff") },
		{ PPROF_NO_MESSAGE, BYTES("\x32\xff\xff\xff\xff\xff\xff\xff\xff\x7f") },
		{ PPROF_NO_MESSAGE, BYTES(STRINGS SAMPLES_TYPE "\x12\x02\x0a\x05") },
		{ PPROF_BAD_STRING, BYTES(SAMPLES_TYPE) },
		{ PPROF_BAD_STRING, BYTES(STRINGS SAMPLES_TYPE "\x2a\x04\x08\x01\x10\x63") },
		{ PPROF_BAD_STRING, BYTES(STRINGS SAMPLES_TYPE "\x1a\x04\x08\x01\x28\x63") },
		{ PPROF_BAD_STRING,
		  BYTES(STRINGS SAMPLES_TYPE "\x2a\x0d\x08\x01\x10\xff\xff\xff\xff"
					     "\xff\xff\xff\xff\xff\x01") },
		{ PPROF_BAD_FUNCTION, BYTES(STRINGS SAMPLES_TYPE LOCATION) },
		{ PPROF_BAD_MAPPING, BYTES(STRINGS SAMPLES_TYPE "\x22\x04\x08\x01\x10\x07") },
		{ PPROF_BAD_ID, BYTES(STRINGS SAMPLES_TYPE FUNCTION FUNCTION) },
		{ PPROF_BAD_ID, BYTES(STRINGS SAMPLES_TYPE "\x22\x00") },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		struct pprof_result result;
		struct profile *p;

		assert_int_equal(read_message(rows[i].bytes, rows[i].len, &p, &result), -EBADMSG);
		if (result.fault != rows[i].fault)
			fail_msg("row %zu: %s", i, pprof_fault_text(result.fault));
		profile_free(p);
	}
}

static void bad_samples_are_counted_and_the_rest_is_used(void **state)
{
	static const char bytes[] = STRINGS SAMPLES_TYPE FUNCTION LOCATION SAMPLE
		"\x12\x06\x0a\x01\x09\x12\x01\x05" /* location 9 */
		"\x12\x03\x0a\x01\x01"		   /* no value */
		"\x12\x0f\x0a\x01\x01\x12\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"; /* -1 */
	struct pprof_result result;
	struct profile *p;

	assert_int_equal(read_message(bytes, sizeof(bytes) - 1, &p, &result), 0);
	assert_folded(p, "f 5\n");
	assert_int_equal(result.sample_cnt, 1);
	assert_int_equal(result.bad_cnt, 3);
	assert_int_equal(result.fault, PPROF_BAD_VALUE);
	profile_free(p);
}

/* Heap profiles of Go have four values and say which one is shown. */
static void the_value_is_samples_else_the_default_else_the_last(void **state)
{
	static const struct {
		const char *first, *second;
		int64_t shown; /* string */
		const char *want;
	} rows[] = {
		{ "samples", "cpu", 0, "f 1\n" },
		{ "cpu", "samples", 0, "f 2\n" },
		{ "objects", "space", 0, "f 2\n" },
		{ "objects", "space", 1, "f 1\n" },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		uint64_t locations = 1;
		int64_t values[] = { 1, 2 };
		const struct pprof_unit units[] = { { rows[i].first, "" }, { rows[i].second, "" } };
		const struct pprof_facts facts = { .values = units, .value_cnt = 2 };
		uint8_t shown[] = { 14 << 3, (uint8_t)rows[i].shown };
		struct pprof_result result;
		struct profile *p;
		char *bytes = NULL, *packed, *whole;
		size_t len, packed_len;
		FILE *f = open_memstream(&bytes, &len);
		struct pprof *w;

		assert_int_equal(pprof_open(&facts, f, &w), 0);
		pprof_put_function(w, &(struct pprof_function){ 1, "f", 1, NULL, 0 });
		pprof_put_location(w,
				   &(struct pprof_location){ .id = 1,
							     .lines = &(struct pprof_line){ 1, 0 },
							     .line_cnt = 1 });
		pprof_put_sample(w, &(struct pprof_sample){ &locations, 1, values, NULL, 0 });
		assert_int_equal(pprof_close(w), 0);
		fclose(f);
		/* A second gzip member goes on where the first one ends. */
		packed = pack_gzip(shown, sizeof(shown), &packed_len);
		whole = malloc(len + packed_len);
		memcpy(whole, bytes, len);
		memcpy(whole + len, packed, packed_len);
		assert_int_equal(read_pprof(whole, len + packed_len, &p, &result), 0);
		assert_folded(p, rows[i].want);
		profile_free(p);
		free(bytes);
		free(packed);
		free(whole);
	}
}

static void a_file_cut_anywhere_is_an_error(void **state)
{
	struct profile *p = profile_of("a;b;c_[i] 1\na;k_[k] 2\nd;j_[j] 3\ne;p_[p] 4\n"), *back;
	struct pprof_result result;
	size_t len;
	char *bytes = write_pprof(p, &len);

	for (size_t i = 0; i < len; i++) {
		assert_int_equal(read_pprof(bytes, i, &back, &result), -EBADMSG);
		assert_in_range(result.fault, PPROF_NO_GZIP, PPROF_CUT);
		profile_free(back);
	}
	free(bytes);
	profile_free(p);
}

static void a_message_changed_anywhere_is_no_crash(void **state)
{
	struct profile *p = profile_of("a;b;c_[i] 1\na;k_[k] 2\nd;j_[j] 3\n"), *back;
	struct pprof_result result;
	size_t len, size;
	char *bytes = write_pprof(p, &len);
	FILE *f = stream_of(bytes, len);
	uint8_t *data;

	assert_int_equal(gunzip(f, MAX_MESSAGE, &data, &size), 0);
	for (size_t i = 0; i < size; i++) {
		uint8_t was = data[i];
		int err = read_message(data, i, &back, &result);

		assert_true(!err || err == -EBADMSG);
		profile_free(back);
		for (int bit = 0; bit < 8; bit++) {
			data[i] = was ^ 1 << bit;
			err = read_message(data, size, &back, &result);
			assert_true(!err || err == -EBADMSG);
			profile_free(back);
		}
		data[i] = was;
	}
	fclose(f);
	free(data);
	free(bytes);
	profile_free(p);
}

static void what_unpacks_to_more_than_the_bound_is_refused(void **state)
{
	static const char zeros[100000];
	static const struct {
		size_t max_size;
		int err;
	} rows[] = { { 100000, 0 }, { 99999, -EFBIG }, { 1, -EFBIG }, { 1 << 20, 0 } };
	size_t len, size;
	char *packed = pack_gzip(zeros, sizeof(zeros), &len);

	for (size_t i = 0; i < CNT(rows); i++) {
		FILE *f = stream_of(packed, len);
		uint8_t *data;

		assert_int_equal(gunzip(f, rows[i].max_size, &data, &size), rows[i].err);
		assert_int_equal(size, rows[i].err ? 0 : sizeof(zeros));
		free(data);
		fclose(f);
	}
	free(packed);
}

static void gzip_is_detected_and_nothing_is_lost(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool is_pprof;
	} rows[] = {
		{ BYTES("\x1f\x8b\x08"), true }, { BYTES("\x1f\x8b"), true },
		{ BYTES("\x1f"), false },	 { BYTES(""), false },
		{ BYTES("a;b 1\n"), false },	 { BYTES("\x1f;b 1\n"), false },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		char back[16];
		FILE *f = stream_of(rows[i].bytes, rows[i].len);

		assert_int_equal(pprof_detect(f), rows[i].is_pprof);
		assert_int_equal(fread(back, 1, sizeof(back), f), rows[i].len);
		assert_memory_equal(back, rows[i].bytes, rows[i].len);
		fclose(f);
	}
}

static void every_fault_has_its_words(void **state)
{
	for (int i = 0; i < PPROF_FAULT_CNT; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(pprof_fault_text(i), pprof_fault_text(j));
	assert_non_null(pprof_fault_text(PPROF_FAULT_CNT));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_of_the_fewest_bytes_is_read),
		cmocka_unit_test(damage_is_told_apart),
		cmocka_unit_test(bad_samples_are_counted_and_the_rest_is_used),
		cmocka_unit_test(the_value_is_samples_else_the_default_else_the_last),
		cmocka_unit_test(a_file_cut_anywhere_is_an_error),
		cmocka_unit_test(a_message_changed_anywhere_is_no_crash),
		cmocka_unit_test(what_unpacks_to_more_than_the_bound_is_refused),
		cmocka_unit_test(gzip_is_detected_and_nothing_is_lost),
		cmocka_unit_test(every_fault_has_its_words),
	};

	return cmocka_run_group_tests_name("pprof_read", tests, NULL, NULL);
}
