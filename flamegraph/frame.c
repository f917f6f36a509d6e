// SPDX-License-Identifier: BSD-2-Clause
/* frame.c - see frame.h. */
#include "flamegraph/frame.h"

#include <string.h>

static char *put(char *to, const char *bytes, size_t len)
{
	memcpy(to, bytes, len);
	return to + len;
}

static char *put_line(char *to, uint32_t line)
{
	char digits[10];
	size_t at = sizeof(digits);

	for (; line; line /= 10)
		digits[--at] = (char)('0' + line % 10);
	return put(to, digits + at, sizeof(digits) - at);
}

size_t frame_write_interpreted(char *to, const char *name, size_t name_len, const char *file,
			       size_t file_len, uint32_t first_line)
{
	const char *slash = file_len ? memrchr(file, '/', file_len) : NULL;
	char *end = put(to, name, name_len);

	if (!file_len)
		return name_len;
	if (slash) {
		file_len -= (size_t)(slash + 1 - file);
		file = slash + 1;
	}
	end = put(end, " (", 2);
	end = put(end, file, file_len);
	if (first_line) {
		*end++ = ':';
		end = put_line(end, first_line);
	}
	*end++ = ')';
	return (size_t)(end - to);
}
