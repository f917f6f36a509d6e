// SPDX-License-Identifier: BSD-2-Clause
/* python_text.c - the names in code objects of CPython; see python.h. */
#include "profiler/interpreters/python.h"

#include <string.h>

#define REPLACEMENT 0xfffd

/* Characters of 1, 2 or 4 bytes, as Python has them. */
static uint32_t character_at(const uint8_t *bytes, size_t width)
{
	uint32_t wide;
	uint16_t half;

	if (width == 1)
		return *bytes;
	if (width == 2) {
		memcpy(&half, bytes, sizeof(half));
		return half;
	}
	memcpy(&wide, bytes, sizeof(wide));
	return wide;
}

/*
 * A file name that was not UTF-8 has surrogates for its bytes; U+0000 would end the text.  Neither
 * is one that can be shown.
 */
static char *put_utf8(char *to, uint32_t c)
{
	if (!c || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		c = REPLACEMENT;
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/*
 * Decode the SIZE bytes that were copied of a text of CNT characters.  A byte becomes three at
 * the most.
 */
static void decode(const uint8_t *bytes, size_t size, uint32_t cnt, uint32_t state, char *to)
{
	size_t width = state & PYTHON_TEXT_KIND;

	if ((width == 1 || width == 2 || width == 4) && state & PYTHON_TEXT_IS_COMPACT) {
		if (cnt > size / width)
			cnt = (uint32_t)(size / width);
		for (uint32_t i = 0; i < cnt; i++)
			to = put_utf8(to, character_at(bytes + i * width, width));
	}
	*to = '\0';
}

void python_read_text(const struct sample_code *code, struct code_text *out)
{
	decode(code->name, sizeof(code->name), code->name_len, code->name_state, out->name);
	decode(code->file, sizeof(code->file), code->file_len, code->file_state, out->file);
}
