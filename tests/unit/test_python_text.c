// SPDX-License-Identifier: BSD-2-Clause
/* Names in code objects: characters of each width, cut ones, and what is none. */
#include "profiler/interpreters/python.h"
#include "tests/unit/row.h"

#include <string.h>

#define COMPACT PYTHON_TEXT_IS_COMPACT
#define ASCII	(1 | COMPACT | PYTHON_TEXT_IS_ASCII)

static void characters_of_each_width_become_utf8(void **state)
{
	static const struct {
		const char *row, *bytes;
		size_t size;
		uint32_t len, state;
		const char *want;
	} rows[] = {
		{ "ASCII", "fib", 3, 3, ASCII, "fib" },
		{ "empty", "", 0, 0, ASCII, "" },
		{ "Latin 1",
		  "gr\xf6\xdf"
		  "e",
		  5, 5, 1 | COMPACT, "größe" },
		{ "two bytes", "\xbb\x03\x2e\x30", 4, 2, 2 | COMPACT, "λ〮" },
		{ "four bytes", "a\0\0\0\x30\x03\x01\0", 8, 2, 4 | COMPACT, "a𐌰" },
		{ "the last character", "\xff\xff\x10\0", 4, 1, 4 | COMPACT, "\xf4\x8f\xbf\xbf" },
		{ "beyond the last", "\0\0\x11\0", 4, 1, 4 | COMPACT, "�" },
		{ "a byte that is no UTF-8", "\x80\xdc", 2, 1, 2 | COMPACT, "�" },
		{ "first and last surrogate", "\0\xd8\xff\xdf", 4, 2, 2 | COMPACT, "��" },
		{ "next to surrogates", "\xff\xd7\0\xe0", 4, 2, 2 | COMPACT, "\ud7ff\ue000" },
		{ "U+0000", "a\0b", 3, 3, ASCII, "a�b" },
		{ "not ASCII, though it says so", "\xe9", 1, 1, ASCII, "é" },
		{ "elsewhere", "abc", 3, 3, 1, "" },
		{ "not ready", "abc", 3, 3, COMPACT, "" },
		{ "three bytes", "abc", 3, 1, 3 | COMPACT, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sample_code code = { .name_len = rows[i].len,
					    .name_state = rows[i].state,
					    .file_len = rows[i].len,
					    .file_state = rows[i].state };
		struct code_text text;

		memcpy(code.name, rows[i].bytes, rows[i].size);
		memcpy(code.file, rows[i].bytes, rows[i].size);
		python_read_text(&code, &text);
		ROW_TRUE(rows[i].row, !strcmp(text.name, rows[i].want));
		ROW_TRUE(rows[i].row, !strcmp(text.file, rows[i].want));
	}
}

/* The longest in UTF-8 are those of which each byte becomes three. */
static void long_texts_end_with_what_was_copied(void **state)
{
	static const struct {
		uint32_t state;
		size_t name, file; /* bytes in UTF-8 */
	} rows[] = {
		{ ASCII, 3 * CODE_NAME_SIZE, 3 * CODE_FILE_SIZE },
		{ 2 | COMPACT, 3 * CODE_NAME_SIZE / 2, 3 * CODE_FILE_SIZE / 2 },
		{ 4 | COMPACT, 3 * CODE_NAME_SIZE / 4, 3 * CODE_FILE_SIZE / 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sample_code code = { .name_len = UINT32_MAX,
					    .name_state = rows[i].state,
					    .file_len = 1000,
					    .file_state = rows[i].state };
		struct code_text text;

		memset(&text, 'x', sizeof(text));
		python_read_text(&code, &text); /* all U+0000 */
		assert_int_equal(strlen(text.name), rows[i].name);
		assert_int_equal(strlen(text.file), rows[i].file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_of_each_width_become_utf8),
		cmocka_unit_test(long_texts_end_with_what_was_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
