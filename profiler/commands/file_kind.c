// SPDX-License-Identifier: BSD-2-Clause
/* file_kind.c - see file_kind.h. */
#include "profiler/commands/file_kind.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define PEEK_MAX 8 /* as many as C libraries take back */

static const struct {
	const char *magic;
	struct file_kind kind;
} kinds[] = {
	{ "\x7f"
	  "ELF",
	  { "a program or library (ELF)", "wick record -- PROGRAM makes a profile of it" } },
	{ "PERFILE2",
	  { "perf's own recording", "perf script -i FILE | wick flamegraph --from perf -" } },
	{ "\x1f\x8b", { "compressed by gzip", "gzip -dc FILE | wick flamegraph -" } },
	{ "\xfd"
	  "7zXZ",
	  { "compressed by xz", "xz -dc FILE | wick flamegraph -" } },
	{ "\x28\xb5\x2f\xfd", { "compressed by zstd", "zstd -dc FILE | wick flamegraph -" } },
	{ "<svg ", { "a picture", "draw it anew from the folded stacks or the pprof file" } },
	{ "<?xml ", { "a picture", "draw it anew from the folded stacks or the pprof file" } },
	{ "<!DOCTY", { "a page", "draw it anew from the folded stacks or the pprof file" } },
};

static const struct file_kind json = {
	"JSON", "have the profiler write folded stacks or pprof; wick record -o does"
};

/* An object, or a list of objects.  A frame may begin with a brace, but not like this. */
static bool is_json(const char *text)
{
	const char *at = text + (text[0] == '[');

	at += strspn(at, " \t\r\n");
	if (*at++ != '{')
		return false;
	at += strspn(at, " \t\r\n");
	return *at == '"' || (*at == '}' && text[0] == '[') || (!*at && strchr(text, '\n'));
}

const struct file_kind *file_kind_detect(FILE *f)
{
	char text[PEEK_MAX + 1] = "";
	size_t len = 0;
	int c;

	while (len < PEEK_MAX && (c = getc(f)) != EOF)
		text[len++] = (char)c;
	for (size_t i = len; i > 0; i--)
		ungetc((unsigned char)text[i - 1], f);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strncmp(text, kinds[i].magic, strlen(kinds[i].magic)))
			return &kinds[i].kind;
	}
	return is_json(text) ? &json : NULL;
}
