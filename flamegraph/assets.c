// SPDX-License-Identifier: BSD-2-Clause
/*
 * assets.c - the files of viewer/ as symbols of this object.
 *
 * The assembler reads them, and the compiler does not know it.  So the Makefile says that
 * the object depends on them, and compiles it without LTO, which would put copies of one
 * __asm__ into several objects and would not find its symbols.
 */
#include "flamegraph/assets.h"

#include <stdbool.h>
#include <string.h>

#include "flamegraph/out.h"

#define EMBED(name, file)                                                                          \
	__asm__(".section .rodata\n"                                                               \
		"bytes_of_" #name ":\n.incbin \"flamegraph/viewer/" file "\"\n"                    \
		"end_of_" #name ":\n.previous\n");                                                 \
	extern const char bytes_of_##name[] __attribute__((visibility("hidden")));                 \
	extern const char end_of_##name[] __attribute__((visibility("hidden")));
ASSET_FILES(EMBED)

#define BYTES(name, file) [ASSET_##name] = { bytes_of_##name, end_of_##name },
static const struct {
	const char *bytes, *end;
} assets[ASSET_CNT] = { ASSET_FILES(BYTES) };

void asset_write(struct out *o, enum asset asset)
{
	out_bytes(o, assets[asset].bytes, assets[asset].end - assets[asset].bytes);
}

static bool begins_with(const char *line, size_t len, const char *word)
{
	return len >= strlen(word) && !memcmp(line, word, strlen(word));
}

static bool is_comment(const char *line, size_t len)
{
	for (; len && *line == '\t'; len--)
		line++;
	return begins_with(line, len, "//");
}

/*
 * A script of one file has nothing to import from, and nobody to export to.  Comments are a
 * sixth of the modules, and for those who change them.
 */
static void write_module(struct out *o, enum asset asset)
{
	static const char import[] = "import ", export[] = "export ";
	const char *line = assets[asset].bytes, *end = assets[asset].end;

	while (line < end) {
		const char *newline = memchr(line, '\n', end - line);
		const char *next = newline ? newline + 1 : end;

		if (begins_with(line, next - line, export))
			line += strlen(export);
		if (!begins_with(line, next - line, import) && !is_comment(line, next - line))
			out_bytes(o, line, next - line);
		line = next;
	}
}

void asset_write_script(struct out *o, const enum asset *modules, size_t module_cnt)
{
	out_str(o, "\n// SPDX-License-Identifier: BSD-2-Clause\n(function () {\n\"use strict\";\n");
	for (size_t i = 0; i < module_cnt; i++)
		write_module(o, modules[i]);
	out_str(o, "})();\n");
}
