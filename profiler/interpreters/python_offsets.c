// SPDX-License-Identifier: BSD-2-Clause
/* python_offsets.c - see python_offsets.h. */
#include "profiler/interpreters/python_offsets.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* From here on addresses of code are tagged, and without the GIL strings have another state. */
#define VERSION_TAGGED 0x030e

/* Before 3.13 */

struct version_row {
	uint32_t version, flags;
	uint16_t off[PYTHON_OFFSET_CNT];
};

/* clang-format off */

/* A frame is an object, evaluated by a call of its own. */
#define FRAME_OBJECT(lasti)                                                                        \
	[PYTHON_THREAD_FRAME] = 24, [PYTHON_FRAME_CODE] = 32, [PYTHON_FRAME_PREVIOUS] = 24,        \
	[PYTHON_FRAME_AT] = (lasti)
#define CODE(line, file, name, lines)                                                              \
	[PYTHON_CODE_LINE] = (line), [PYTHON_CODE_FILE] = (file), [PYTHON_CODE_NAME] = (name),     \
	[PYTHON_CODE_LINES] = (lines)
#define LISTS(interpreters, threads, thread_id)                                                    \
	[PYTHON_RUNTIME_INTERPRETERS] = (interpreters), [PYTHON_INTERPRETER_NEXT] = 0,             \
	[PYTHON_INTERPRETER_THREADS] = (threads), [PYTHON_THREAD_NEXT] = 8,                        \
	[PYTHON_THREAD_ID] = (thread_id)
#define OBJECTS(ascii, compact)                                                                            \
	[PYTHON_OBJECT_TYPE] = 8, [PYTHON_TYPE_NAME] = 24, [PYTHON_TEXT_LENGTH] = 16,              \
	[PYTHON_TEXT_STATE] = 32, [PYTHON_TEXT_SHIFT] = 2, [PYTHON_TEXT_ASCII] = (ascii),          \
	[PYTHON_TEXT_COMPACT] = (compact), [PYTHON_BYTES_LENGTH] = 16,               \
	[PYTHON_BYTES_DATA] = 32

static const struct version_row rows[] = {
	{ 0x0307, PYTHON_EACH_RUN,
	  { LISTS(24, 8, 176), FRAME_OBJECT(104), CODE(36, 96, 104, 112), OBJECTS(48, 72) } },
	{ 0x0308, PYTHON_EACH_RUN,
	  { LISTS(32, 8, 176), FRAME_OBJECT(104), CODE(40, 104, 112, 120), OBJECTS(48, 72) } },
	{ 0x0309, PYTHON_EACH_RUN,
	  { LISTS(32, 8, 176), FRAME_OBJECT(104), CODE(40, 104, 112, 120), OBJECTS(48, 72) } },
	{ 0x030a, PYTHON_EACH_RUN | PYTHON_CFRAME_MARK,
	  { LISTS(32, 8, 176), FRAME_OBJECT(96), CODE(40, 104, 112, 120), OBJECTS(48, 72),
	    [PYTHON_THREAD_CFRAME] = 48, [PYTHON_CFRAME_PREVIOUS] = 8 } },
	{ 0x030b, PYTHON_CFRAME | PYTHON_CFRAME_MARK,
	  { LISTS(40, 16, 152), CODE(72, 112, 128, 136), OBJECTS(48, 72), [PYTHON_CODE_FIRST] = 184,
	    [PYTHON_THREAD_FRAME] = 56, [PYTHON_THREAD_CFRAME] = 56,
	    [PYTHON_CFRAME_FRAME] = 8, [PYTHON_CFRAME_PREVIOUS] = 16,
	    [PYTHON_FRAME_CODE] = 32, [PYTHON_FRAME_PREVIOUS] = 48, [PYTHON_FRAME_AT] = 56,
	    [PYTHON_FRAME_MARK] = 68 } },
	{ 0x030c, PYTHON_CFRAME | PYTHON_SHIM_MARK,
	  { LISTS(40, 72, 136), CODE(68, 112, 128, 136), OBJECTS(40, 56), [PYTHON_CODE_FIRST] = 192,
	    [PYTHON_THREAD_FRAME] = 56, [PYTHON_CFRAME_FRAME] = 0, [PYTHON_CFRAME_PREVIOUS] = 8,
	    [PYTHON_FRAME_CODE] = 0, [PYTHON_FRAME_PREVIOUS] = 8, [PYTHON_FRAME_AT] = 56,
	    [PYTHON_FRAME_MARK] = 70 } },
};
/* clang-format on */

/* From 3.13 on: _Py_DebugOffsets, words whose places move from version to version. */

#define WORDS 96 /* of the longest that is known */

enum { WORD_COOKIE, WORD_VERSION, WORD_FREE_THREADED };

/* An offset: which word it is, and that of its struct's size; what is behind it in the struct. */
struct word_row {
	uint8_t offset;	  /* enum python_offset */
	uint8_t size;	  /* bytes of the field */
	uint8_t words[3]; /* of 3.13, 3.14, 3.15 */
	uint8_t size_words[3];
};

static const struct word_row words[] = {
	{ PYTHON_RUNTIME_INTERPRETERS, 8, { 5, 5, 5 }, { 3, 3, 3 } },
	{ PYTHON_INTERPRETER_NEXT, 8, { 8, 8, 8 }, { 6, 6, 6 } },
	{ PYTHON_INTERPRETER_THREADS, 8, { 9, 9, 9 }, { 6, 6, 6 } },
	{ PYTHON_THREAD_NEXT, 8, { 21, 24, 24 }, { 19, 22, 22 } },
	{ PYTHON_THREAD_FRAME, 8, { 23, 26, 26 }, { 19, 22, 22 } },
	{ PYTHON_THREAD_ID, 8, { 24, 27, 30 }, { 19, 22, 22 } },
	{ PYTHON_FRAME_PREVIOUS, 8, { 29, 32, 40 }, { 28, 31, 39 } },
	{ PYTHON_FRAME_CODE, 8, { 30, 33, 41 }, { 28, 31, 39 } },
	{ PYTHON_FRAME_AT, 8, { 31, 34, 42 }, { 28, 31, 39 } },
	{ PYTHON_FRAME_MARK, 1, { 33, 36, 44 }, { 28, 31, 39 } },
	{ PYTHON_CODE_FILE, 8, { 35, 40, 48 }, { 34, 39, 47 } },
	{ PYTHON_CODE_NAME, 8, { 37, 42, 50 }, { 34, 39, 47 } },
	{ PYTHON_CODE_LINES, 8, { 38, 43, 51 }, { 34, 39, 47 } },
	{ PYTHON_CODE_LINE, 4, { 39, 44, 52 }, { 34, 39, 47 } },
	{ PYTHON_CODE_FIRST, 1, { 43, 48, 56 }, { 34, 39, 47 } },
	{ PYTHON_OBJECT_TYPE, 8, { 45, 51, 59 }, { 44, 50, 58 } },
	{ PYTHON_TYPE_NAME, 8, { 47, 53, 61 }, { 46, 52, 60 } },
	{ PYTHON_BYTES_LENGTH, 8, { 65, 75, 87 }, { 64, 74, 86 } },
	{ PYTHON_BYTES_DATA, 1, { 66, 76, 88 }, { 64, 74, 86 } },
	{ PYTHON_TEXT_STATE, 4, { 68, 78, 90 }, { 67, 77, 89 } },
	{ PYTHON_TEXT_LENGTH, 8, { 69, 79, 91 }, { 67, 77, 89 } },
	{ PYTHON_TEXT_ASCII, 0, { 70, 80, 92 }, { 67, 77, 89 } },
};

#define WORDS_FIRST_VERSION 0x030d

_Static_assert(sizeof(words[0].words) == PYTHON_VERSION_LAST - WORDS_FIRST_VERSION + 1,
	       "each version has a column");

static const struct version_row *find_row(uint32_t version)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].version == version)
			return &rows[i];
	}
	return NULL;
}

bool python_offsets_are_told(uint32_t version)
{
	return version >= WORDS_FIRST_VERSION;
}

bool python_offsets_known(uint32_t version)
{
	return version >= PYTHON_VERSION_FIRST && version <= PYTHON_VERSION_LAST;
}

/* A field lies in its struct, and where the compiler aligns it. */
static bool is_plausible(const struct word_row *row, uint64_t offset, uint64_t struct_size)
{
	return offset <= UINT16_MAX && struct_size <= INT32_MAX &&
	       offset + row->size <= struct_size && (row->size < 2 || offset % row->size == 0);
}

static int read_words(struct process_memory *memory, struct interpreter *out)
{
	size_t column = out->version - WORDS_FIRST_VERSION;
	uint64_t read[WORDS];
	int err = process_memory_read(memory, out->root[0], read, sizeof(read));

	if (err)
		return err;
	if (memcmp(&read[WORD_COOKIE], PYTHON_COOKIE, sizeof(read[0])) ||
	    read[WORD_VERSION] >> 16 != out->version || read[WORD_FREE_THREADED] > 1)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		uint64_t offset = read[words[i].words[column]];

		if (!is_plausible(&words[i], offset, read[words[i].size_words[column]]))
			return -EBADMSG;
		out->off[words[i].offset] = (uint16_t)offset;
	}
	/* Behind the ASCII ones: the length and address of a copy in UTF-8. */
	out->off[PYTHON_TEXT_COMPACT] = out->off[PYTHON_TEXT_ASCII] + 16;
	out->off[PYTHON_TEXT_SHIFT] =
		read[WORD_FREE_THREADED] && out->version >= VERSION_TAGGED ? 8 : 2;
	out->flags = PYTHON_SHIM_MARK | (out->version >= VERSION_TAGGED ? PYTHON_TAGGED : 0);
	return 0;
}

/* What is read at once: up to the last field of a frame, and from the first one of a code. */
static int set_blocks(struct interpreter *out)
{
	static const uint8_t frame[] = { PYTHON_FRAME_CODE, PYTHON_FRAME_PREVIOUS, PYTHON_FRAME_AT,
					 PYTHON_FRAME_MARK };
	static const uint8_t code[] = { PYTHON_CODE_LINE, PYTHON_CODE_NAME, PYTHON_CODE_FILE,
					PYTHON_CODE_LINES };
	uint16_t size = 0, first = UINT16_MAX, last = 0;

	for (size_t i = 0; i < sizeof(frame); i++) {
		if (out->off[frame[i]] > size)
			size = out->off[frame[i]];
	}
	for (size_t i = 0; i < sizeof(code); i++) {
		uint16_t offset = out->off[code[i]];

		first = offset < first ? offset : first;
		last = offset > last ? offset : last;
	}
	if (size + 8 > PYTHON_FRAME_MAX || last + 8 - first > PYTHON_CODE_SIZE)
		return -EBADMSG;
	out->off[PYTHON_FRAME_SIZE] = size + 8;
	out->off[PYTHON_CODE_BLOCK] = first;
	return 0;
}

int python_offsets_read(struct process_memory *memory, struct interpreter *out)
{
	const struct version_row *row = find_row(out->version);
	int err = 0;

	if (!python_offsets_known(out->version))
		return -ENOTSUP;
	if (row) {
		memcpy(out->off, row->off, sizeof(row->off));
		out->flags = row->flags;
	} else {
		err = read_words(memory, out);
	}
	return err ? err : set_blocks(out);
}
