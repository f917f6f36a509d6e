// SPDX-License-Identifier: BSD-2-Clause
/* demangle.c - see demangle.h. */
#include "symbolize/demangle.h"

#include <stdlib.h>
#include <string.h>
#include <libiberty/demangle.h>

#define MAX_MANGLED   4096	  /* bytes; real names are shorter, and demangling may square it */
#define MAX_DEMANGLED (64u << 10) /* bytes */

static bool is_mangled(const char *name)
{
	return !strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2);
}

/*
 * The suffix of a clone in NAME, or "".  Itanium and Rust names have no dot of their
 * own, except that legacy Rust writes `..` for `::` inside a component.
 */
static const char *clone_suffix(const char *name)
{
	static const char *const marks[] = {
		".cold", ".part.", ".isra.", ".constprop.", ".lto_priv.", ".llvm.", ".clone.",
	};
	const char *first = NULL;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *at = strstr(name, marks[i]);

		if (at && (!first || at < first))
			first = at;
	}
	return first ? first : name + strlen(name);
}

static char *demangle_stem(const char *stem, int options)
{
	char *text = cplus_demangle(stem, options | DMGL_AUTO);

	if (text && strlen(text) > MAX_DEMANGLED) {
		free(text);
		text = NULL;
	}
	return text;
}

const char *demangle(struct arena *arena, const char *name, bool params)
{
	size_t len = strlen(name), suffix_len, text_len;
	const char *suffix;
	char *stem, *text, *out;

	if (!is_mangled(name) || len > MAX_MANGLED)
		return arena_copy(arena, name, len);
	/* With parameters libiberty spells suffixes itself: "f(int) [clone .cold]". */
	suffix = params ? name + len : clone_suffix(name);
	suffix_len = strlen(suffix);
	stem = strndup(name, suffix - name);
	if (!stem)
		return NULL;
	text = demangle_stem(stem, params ? DMGL_PARAMS | DMGL_ANSI : DMGL_NO_OPTS);
	free(stem);
	if (!text)
		return arena_copy(arena, name, len);
	/* ThinLTO's suffix is a hash: it tells a reader nothing. */
	if (!strncmp(suffix, ".llvm.", 6))
		suffix_len = 0;
	text_len = strlen(text);
	out = arena_alloc(arena, text_len + suffix_len + 1);
	if (out) {
		memcpy(out, text, text_len);
		memcpy(out + text_len, suffix, suffix_len);
	}
	free(text);
	return out;
}

const char *demangle_for(const struct symbolizer_opts *opts, struct arena *arena, const char *name)
{
	return opts->no_demangle ? arena_copy(arena, name, strlen(name))
				 : demangle(arena, name, opts->params);
}
