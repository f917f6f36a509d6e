// SPDX-License-Identifier: BSD-2-Clause
/* utf8.c - see utf8.h; RFC 3629, section 4. */
#include "flamegraph/utf8.h"

#include <stdint.h>

size_t utf8_char_len(const char *s, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = *s;
	uint32_t c;
	size_t cnt;

	if (first < 0x80)
		return 1;
	cnt = first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
	if (!cnt || cnt > len)
		return 0;
	c = first & (0x7fU >> cnt);
	for (size_t i = 1; i < cnt; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	return c >= least[cnt] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? cnt : 0;
}

size_t utf8_valid_len(const char *s, size_t len)
{
	size_t i = 0, cnt;

	while (i < len && (cnt = utf8_char_len(s + i, len - i)))
		i += cnt;
	return i;
}
