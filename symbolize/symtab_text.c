// SPDX-License-Identifier: BSD-2-Clause
/* symtab_text.c - see symtab_text.h. */
#include "symbolize/symtab_text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "symbolize/limits.h"

/* Step over hexadecimal digits.  False if there are none, or more than fit. */
static bool take_hex(char **at, uint64_t *out)
{
	char *first = *at;
	uint64_t value = 0;

	if (first[0] == '0' && (first[1] == 'x' || first[1] == 'X'))
		first = *at += 2;
	for (;; (*at)++) {
		char c = **at;
		int digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			break;
		if (value >> 60)
			return false;
		value = value << 4 | digit;
	}
	*out = value;
	return *at > first;
}

/* End the line at *TEXT in a NUL and step over it.  NULL at the end. */
static char *next_line(char **text, const char *end)
{
	char *line = *text, *newline;

	if (line >= end)
		return NULL;
	newline = memchr(line, '\n', end - line);
	if (newline)
		*newline = '\0';
	*text = newline ? newline + 1 : (char *)end;
	return line;
}

/* Parse a line "ffffffff81000000 T name" or "... t name\t[module]": proc_kallsyms(5). */
static bool parse_kallsyms_line(char *line, struct query_sym *out, char *type)
{
	char *tab;

	if (!take_hex(&line, &out->start) || line[0] != ' ' || !line[1] || line[2] != ' ' ||
	    !line[3])
		return false;
	*type = line[1];
	out->name = line + 3;
	tab = strchr(line + 3, '\t');
	if (tab)
		*tab = ' ';
	return true;
}

int symtab_offer_kallsyms(char *text, size_t len, struct query *q)
{
	bool found = false, hidden = true;
	char *line, *end = text + len, type;
	int err;

	err = query_own(q, text);
	if (err)
		return err;
	while ((line = next_line(&text, end))) {
		struct query_sym sym = { .end = UINT64_MAX };

		/* Functions are t, T, w and W, of which those in upper case are global: nm(1). */
		if (!parse_kallsyms_line(line, &sym, &type) || !strchr("tTwW", type))
			continue;
		found = true;
		hidden &= !sym.start;
		sym.rank = type == 'T' ? 2 : type != 't';
		query_offer(q, &sym);
	}
	if (!found)
		return -ENODATA;
	return hidden ? -EACCES : 0;
}

/* Parse a line of a perf map; the name may have blanks. */
static bool parse_perf_map_line(char *line, struct query_sym *out)
{
	uint64_t size;

	if (!take_hex(&line, &out->start) || *line++ != ' ')
		return false;
	if (!take_hex(&line, &size) || *line++ != ' ' || !*line || !size)
		return false;
	/* A line may be as long as the file. */
	line[strnlen(line, LIMIT_NAME)] = '\0';
	out->name = line;
	return !__builtin_add_overflow(out->start, size, &out->end);
}

int symtab_offer_perf_map(char *text, size_t len, struct query *q)
{
	char *line, *end = text + len;
	uint32_t line_no = 0;
	bool found = false;
	int err;

	err = query_own(q, text);
	if (err)
		return err;
	while ((line = next_line(&text, end))) {
		struct query_sym sym = { .order = line_no++, .sized = true };

		if (!parse_perf_map_line(line, &sym))
			continue;
		found = true;
		query_offer(q, &sym);
	}
	return found ? 0 : -ENODATA;
}
