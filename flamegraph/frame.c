// SPDX-License-Identifier: BSD-2-Clause
/* frame.c - see frame.h. */
#include "flamegraph/frame.h"

#include <stdbool.h>
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

/* What every package has: its folder tells it apart. */
static bool is_of_every_package(const char *base, size_t len)
{
	static const char *const names[] = { "__init__.py", "__main__.py" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (len == strlen(names[i]) && !memcmp(base, names[i], len))
			return true;
	}
	return false;
}

/* Where in FILE begins what is shown of it. */
static const char *shown_part(const char *file, size_t len)
{
	const char *slash = len ? memrchr(file, '/', len) : NULL;
	const char *base = slash ? slash + 1 : file, *folder;

	if (!slash || slash == file || !is_of_every_package(base, len - (size_t)(base - file)))
		return base;
	folder = memrchr(file, '/', (size_t)(slash - file));
	return folder ? folder + 1 : file;
}

size_t frame_write_interpreted(char *to, const char *name, size_t name_len, const char *file,
			       size_t file_len, uint32_t first_line)
{
	const char *shown = shown_part(file, file_len);
	char *end = put(to, name, name_len);

	if (!file_len)
		return name_len;
	end = put(end, " (", 2);
	end = put(end, shown, file_len - (size_t)(shown - file));
	if (first_line) {
		*end++ = ':';
		end = put_line(end, first_line);
	}
	*end++ = ')';
	return (size_t)(end - to);
}
