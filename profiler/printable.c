// SPDX-License-Identifier: BSD-2-Clause
/* printable.c - see printable.h. */
#include "profiler/printable.h"

#include "flamegraph/utf8.h"

/* First and last, ascending. */
static const uint32_t unsafe[][2] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x00ad, 0x00ad }, { 0x034f, 0x034f },
	{ 0x061c, 0x061c },   { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },
	{ 0x200b, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f }, { 0x3164, 0x3164 },
	{ 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

size_t printable_next(const char *text, size_t len, uint32_t *c)
{
	size_t size = utf8_char_len(text, len);
	unsigned char first = (unsigned char)*text;

	*c = PRINTABLE_BROKEN;
	if (!size)
		return 1;
	*c = size == 1 ? first : first & (0x7fU >> size);
	for (size_t i = 1; i < size; i++)
		*c = *c << 6 | ((unsigned char)text[i] & 0x3f);
	return size;
}

bool printable_is_safe(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++) {
		if (c <= unsafe[i][1])
			return c < unsafe[i][0];
	}
	return c != PRINTABLE_BROKEN;
}
