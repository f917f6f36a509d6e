// SPDX-License-Identifier: BSD-2-Clause
/* json.c - see json.h. */
#include "profiler/json.h"

#include <stdbool.h>
#include <string.h>

#include "flamegraph/utf8.h"

/* U+0080 to U+009F, of which terminals obey some. */
static bool is_control(const char *text, size_t len)
{
	return len == 2 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0;
}

void json_put_string(const char *text, FILE *f)
{
	size_t left = strlen(text);

	putc('"', f);
	while (left) {
		size_t len = utf8_char_len(text, left);
		unsigned char last = (unsigned char)text[len ? len - 1 : 0];

		if (!len)
			fputs("\\ufffd", f);
		else if (last == '"' || last == '\\')
			fprintf(f, "\\%c", last);
		else if (last < 0x20 || is_control(text, len))
			fprintf(f, "\\u%04x", last);
		else
			fwrite(text, 1, len, f);
		len += !len;
		text += len;
		left -= len;
	}
	putc('"', f);
}
