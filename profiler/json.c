// SPDX-License-Identifier: BSD-2-Clause
/* json.c - see json.h. */
#include "profiler/json.h"

#include <stdint.h>
#include <string.h>

#include "profiler/printable.h"

/* JSON writes a character beyond U+FFFF as two. */
static void put_escaped(uint32_t c, FILE *f)
{
	if (c > 0xffff)
		fprintf(f, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
	else
		fprintf(f, "\\u%04x", c);
}

void json_put_string(const char *text, FILE *f)
{
	size_t left = strlen(text);

	putc('"', f);
	while (left) {
		uint32_t c;
		size_t len = printable_next(text, left, &c);

		if (c == PRINTABLE_BROKEN)
			fputs("\\ufffd", f);
		else if (c == '"' || c == '\\')
			fprintf(f, "\\%c", (char)c);
		else if (!printable_is_safe(c))
			put_escaped(c, f);
		else
			fwrite(text, 1, len, f);
		text += len;
		left -= len;
	}
	putc('"', f);
}
