// SPDX-License-Identifier: BSD-2-Clause
/* Where fields are: what versions are known, what a process may say of itself, and what not. */
#include "profiler/interpreters/python_offsets.h"
#include "tests/unit/row.h"

#include <errno.h>

#include "tests/unit/python_image.h"

static void versions_from_3_7_to_3_15_are_known(void **state)
{
	static const struct {
		uint32_t version;
		bool known;
	} rows[] = {
		{ 0, false },	  { 0x207, false },  { 0x306, false }, { 0x307, true },
		{ 0x30c, true },  { 0x30d, true },   { 0x30f, true },  { 0x310, false },
		{ 0x407, false }, { 0xffff, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct interpreter info = { .version = rows[i].version };
		struct process_memory memory = process_memory_of(-1);

		assert_int_equal(python_offsets_known(rows[i].version), rows[i].known);
		if (!rows[i].known)
			assert_int_equal(python_offsets_read(&memory, &info), -ENOTSUP);
	}
}

/* Nothing of the process is read: it does not say it. */
static void before_3_13_a_table_has_them(void **state)
{
	for (uint32_t version = 0x307; version < 0x30d; version++) {
		struct interpreter info = { .version = version };
		struct process_memory memory = { .reads_left = 0 };

		assert_int_equal(python_offsets_read(&memory, &info), 0);
		assert_true(info.off[PYTHON_FRAME_SIZE] <= PYTHON_FRAME_MAX);
		assert_true(info.off[PYTHON_CODE_BLOCK] <= info.off[PYTHON_CODE_LINE]);
		assert_true(!(info.flags & PYTHON_EACH_RUN) == (version > 0x30a));
		assert_true(!info.off[PYTHON_CODE_FIRST] == (version <= 0x30a));
	}
}

static int read_offsets(struct image *image, struct interpreter *out)
{
	struct process_memory memory = image_memory(image);

	*out = (struct interpreter){
		.version = image->file.version,
		.root = { image->file.root + image->bias },
	};
	return python_offsets_read(&memory, out);
}

/* By the headers of 3.14: objects begin with 32 bytes, and the state of a str has 8 bits more. */
static void without_the_gil_they_are_other_ones(void **state)
{
	static const struct {
		enum python_offset offset;
		uint16_t want;
	} rows[] = {
		{ PYTHON_OBJECT_TYPE, 24 },  { PYTHON_TYPE_NAME, 40 },
		{ PYTHON_TEXT_LENGTH, 32 },  { PYTHON_TEXT_STATE, 48 },
		{ PYTHON_TEXT_SHIFT, 8 },    { PYTHON_TEXT_ASCII, 56 },
		{ PYTHON_TEXT_COMPACT, 72 }, { PYTHON_BYTES_LENGTH, 32 },
		{ PYTHON_BYTES_DATA, 48 },   { PYTHON_FRAME_MARK, 78 },
		{ PYTHON_FRAME_SIZE, 86 },   { PYTHON_CODE_LINE, 84 },
	};
	struct interpreter info;
	struct image image;

	image_load("tests/golden/python.3.14t.offsets", &image);
	assert_int_equal(read_offsets(&image, &info), 0);
	assert_int_equal(info.flags, PYTHON_SHIM_MARK | PYTHON_TAGGED);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL("3.14t", info.off[rows[i].offset], rows[i].want);
	image_free(&image);
}

static void what_is_implausible_is_refused(void **state)
{
	static const struct {
		const char *row;
		uint32_t word;
		uint64_t value;
		int err;
	} rows[] = {
		{ "as it is", 2, 0, 0 },
		{ "another cookie", 0, 0x7970677562656479, -EBADMSG },
		{ "another minor version", 1, 0x030d00f0, -EBADMSG },
		{ "another patch level", 1, 0x030e0a00, 0 },
		{ "more bits of a version", 1, 0x1030e00f0, -EBADMSG },
		{ "neither with nor without the GIL", 2, 2, -EBADMSG },
		{ "a runtime of no size", 3, 0, -EBADMSG },
		{ "a runtime of 4 GiB", 3, 1ull << 32, -EBADMSG },
		{ "a thread behind its interpreter", 9, 1 << 24, -EBADMSG },
		{ "an offset of more than 16 bits", 9, 65536, -EBADMSG },
		{ "a pointer that is not aligned", 24, 12, -EBADMSG },
		{ "a negative offset", 26, UINT64_MAX - 7, -EBADMSG },
		{ "behind the end of a frame", 32, 88, -EBADMSG },
		{ "at the end of a frame", 36, 87, 0 },
		{ "a name far from the file", 42, 200, -EBADMSG },
		{ "a type at the end of an object", 51, 16, -EBADMSG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct interpreter info;
		struct image image;

		image_load("tests/golden/python.3.14.memory", &image);
		assert_int_equal(image.pieces[0].address, image.file.root + image.bias);
		memcpy(image.pieces[0].bytes + 8 * (size_t)rows[i].word, &rows[i].value, 8);
		ROW_EQUAL(rows[i].row, read_offsets(&image, &info), rows[i].err);
		image_free(&image);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_from_3_7_to_3_15_are_known),
		cmocka_unit_test(before_3_13_a_table_has_them),
		cmocka_unit_test(without_the_gil_they_are_other_ones),
		cmocka_unit_test(what_is_implausible_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
