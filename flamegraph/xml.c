// SPDX-License-Identifier: BSD-2-Clause
/* xml.c - UTF-8 decoding and escaping. */
#include "flamegraph/xml.h"

#include <stdbool.h>
#include <stdint.h>

#include "flamegraph/out.h"

#define REPLACEMENT	 0xfffdU
#define REPLACEMENT_UTF8 "\xef\xbf\xbd"

struct xml_range {
	uint32_t first, last;
};

/* Characters that are drawn over two columns: the wide blocks of East Asian Width, coarsely. */
static const struct xml_range wide[] = {
	{ 0x1100, 0x115f }, { 0x2e80, 0xa4cf },	  { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },	  { 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd },
};

/* Valid UTF-8 that is not passed on: controls of direction, and what XML forbids. */
static const struct xml_range refused[] = {
	{ 0x061c, 0x061c }, { 0x200e, 0x200f }, { 0x202a, 0x202e },
	{ 0x2066, 0x2069 }, { 0xfffe, 0xffff },
};

static bool is_in(const struct xml_range *ranges, size_t cnt, uint32_t c)
{
	for (size_t i = 0; i < cnt; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Decode the character at S; returns its length.  A byte that starts none is U+FFFD by itself. */
static size_t decode(const char *s, size_t len, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = *s;
	size_t cnt = first < 0x80	? 1
		     : first >> 5 == 6	? 2
		     : first >> 4 == 14 ? 3
		     : first >> 3 == 30 ? 4
					: 0;

	*c = cnt == 1 ? first : first & (0x7fU >> cnt);
	for (size_t i = 1; i < cnt; i++) {
		if (i == len || ((unsigned char)s[i] & 0xc0) != 0x80) {
			cnt = 0;
			break;
		}
		*c = *c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (cnt && *c >= least[cnt] && *c <= 0x10ffff && (*c < 0xd800 || *c > 0xdfff))
		return cnt;
	*c = REPLACEMENT;
	return 1;
}

/* Return what is written instead of C, or NULL if that is C itself. */
static const char *replacement(uint32_t c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		if (c < ' ' || (c >= 0x7f && c <= 0x9f))
			return "?";
		if (c == REPLACEMENT || is_in(refused, sizeof(refused) / sizeof(*refused), c))
			return REPLACEMENT_UTF8;
		return NULL;
	}
}

/* Return what a JSON string in an HTML page has instead of C, or NULL if that is C itself. */
static const char *json_replacement(uint32_t c)
{
	switch (c) {
	case '<':
		return "\\u003c";
	case '>':
		return "\\u003e";
	case '&':
		return "\\u0026";
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\'':
		return NULL;
	default:
		return replacement(c);
	}
}

static void write_as(struct out *o, const char *s, size_t len,
		     const char *(*instead_of)(uint32_t c))
{
	size_t start = 0, next;

	for (size_t i = 0; i < len; i = next) {
		const char *instead;
		uint32_t c;

		next = i + decode(s + i, len - i, &c);
		instead = instead_of(c);
		if (!instead)
			continue;
		out_bytes(o, s + start, i - start);
		out_str(o, instead);
		start = next;
	}
	out_bytes(o, s + start, len - start);
}

void xml_write(struct out *o, const char *s, size_t len)
{
	write_as(o, s, len, replacement);
}

void xml_write_json(struct out *o, const char *s, size_t len)
{
	write_as(o, s, len, json_replacement);
}

size_t xml_fit(const char *s, size_t len, size_t columns)
{
	size_t used = 0, i = 0;

	while (i < len) {
		uint32_t c;
		size_t cnt = decode(s + i, len - i, &c);

		used += is_in(wide, sizeof(wide) / sizeof(*wide), c) ? 2 : 1;
		if (used > columns)
			break;
		i += cnt;
	}
	return i;
}
