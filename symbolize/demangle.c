// SPDX-License-Identifier: BSD-2-Clause
/* demangle.c - see demangle.h. */
#include "symbolize/demangle.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <libiberty/demangle.h>

#include "symbolize/limits.h"

#define BASE_36 "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define BASE_62 BASE_36 "abcdefghijklmnopqrstuvwxyz"

/* A demangled name in the making. */
struct demangled {
	char *text; /* LIMIT_DEMANGLED bytes and a NUL */
	size_t len;
	bool is_too_long;
	jmp_buf leave;
};

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

static bool add(struct demangled *out, const char *piece, size_t len)
{
	out->is_too_long |= len > LIMIT_DEMANGLED - out->len;
	if (out->is_too_long)
		return false;
	if (len) /* an empty word of Rust's has no text at all */
		memcpy(out->text + out->len, piece, len);
	out->len += len;
	return true;
}

/* libiberty cannot be told to stop: it is left when there is no more room. */
static void add_cpp(const char *piece, size_t len, void *ctx)
{
	struct demangled *out = ctx;

	if (!add(out, piece, len))
		longjmp(out->leave, 1);
}

/*
 * A word in Punycode lies in memory that libiberty frees behind this call.  What stands between
 * two words does not, and is shorter.
 */
static void add_rust(const char *piece, size_t len, void *ctx)
{
	struct demangled *out = ctx;

	if (!add(out, piece, len) && len < 4)
		longjmp(out->leave, 1);
}

/* Which parts of a C++ name have parts themselves. */
static const bool has_parts[] = {
	[DEMANGLE_COMPONENT_QUAL_NAME] = true,
	[DEMANGLE_COMPONENT_LOCAL_NAME] = true,
	[DEMANGLE_COMPONENT_TYPED_NAME] = true,
	[DEMANGLE_COMPONENT_TEMPLATE] = true,
	[DEMANGLE_COMPONENT_RESTRICT] = true,
	[DEMANGLE_COMPONENT_VOLATILE] = true,
	[DEMANGLE_COMPONENT_CONST] = true,
	[DEMANGLE_COMPONENT_RESTRICT_THIS] = true,
	[DEMANGLE_COMPONENT_VOLATILE_THIS] = true,
	[DEMANGLE_COMPONENT_CONST_THIS] = true,
	[DEMANGLE_COMPONENT_REFERENCE_THIS] = true,
	[DEMANGLE_COMPONENT_RVALUE_REFERENCE_THIS] = true,
	[DEMANGLE_COMPONENT_VENDOR_TYPE_QUAL] = true,
	[DEMANGLE_COMPONENT_POINTER] = true,
	[DEMANGLE_COMPONENT_REFERENCE] = true,
	[DEMANGLE_COMPONENT_RVALUE_REFERENCE] = true,
	[DEMANGLE_COMPONENT_COMPLEX] = true,
	[DEMANGLE_COMPONENT_IMAGINARY] = true,
	[DEMANGLE_COMPONENT_VENDOR_TYPE] = true,
	[DEMANGLE_COMPONENT_FUNCTION_TYPE] = true,
	[DEMANGLE_COMPONENT_ARRAY_TYPE] = true,
	[DEMANGLE_COMPONENT_PTRMEM_TYPE] = true,
	[DEMANGLE_COMPONENT_VECTOR_TYPE] = true,
	[DEMANGLE_COMPONENT_ARGLIST] = true,
	[DEMANGLE_COMPONENT_TEMPLATE_ARGLIST] = true,
	[DEMANGLE_COMPONENT_INITIALIZER_LIST] = true,
	[DEMANGLE_COMPONENT_CAST] = true,
	[DEMANGLE_COMPONENT_CONVERSION] = true,
	[DEMANGLE_COMPONENT_NULLARY] = true,
	[DEMANGLE_COMPONENT_UNARY] = true,
	[DEMANGLE_COMPONENT_BINARY] = true,
	[DEMANGLE_COMPONENT_BINARY_ARGS] = true,
	[DEMANGLE_COMPONENT_TRINARY] = true,
	[DEMANGLE_COMPONENT_TRINARY_ARG1] = true,
	[DEMANGLE_COMPONENT_TRINARY_ARG2] = true,
	[DEMANGLE_COMPONENT_LITERAL] = true,
	[DEMANGLE_COMPONENT_LITERAL_NEG] = true,
	[DEMANGLE_COMPONENT_COMPOUND_NAME] = true,
	[DEMANGLE_COMPONENT_DECLTYPE] = true,
	[DEMANGLE_COMPONENT_PACK_EXPANSION] = true,
	[DEMANGLE_COMPONENT_TAGGED_NAME] = true,
	[DEMANGLE_COMPONENT_TRANSACTION_SAFE] = true,
	[DEMANGLE_COMPONENT_NOEXCEPT] = true,
	[DEMANGLE_COMPONENT_THROW_SPEC] = true,
};

/* Take what PART consists of from *LEFT; it may be referred to from several places. */
static void weigh(const struct demangle_component *part, unsigned int *left)
{
	if (!part || !*left)
		return;
	--*left;
	if (part->type < sizeof(has_parts) && has_parts[part->type]) {
		weigh(part->u.s_binary.left, left);
		weigh(part->u.s_binary.right, left);
	}
}

/* Does STEM seem to have more conversion operators than a name has? */
static bool has_many_conversions(const char *stem)
{
	unsigned int cnt = 0;

	while ((stem = strstr(stem, "cv"))) {
		stem += 2;
		cnt++;
	}
	return cnt > LIMIT_CONVERSIONS;
}

/* Does STEM seem to refer to so many of its parts?  "pp" and "mm" refer to their operand twice. */
static bool has_many_doublings(const char *stem)
{
	unsigned int cnt = 0;

	for (; *stem; stem++) {
		if (*stem == 'S')
			cnt += stem[1 + strspn(stem + 1, BASE_36)] == '_';
		else if (!strncmp(stem, "pp", 2) || !strncmp(stem, "mm", 2))
			cnt++;
	}
	return cnt > LIMIT_DOUBLINGS;
}

/* Would the C++ name STEM take for ever, and write nothing meanwhile? */
static bool is_too_heavy(const char *stem, int options)
{
	const struct demangle_component *name;
	unsigned int left = LIMIT_NAME_PARTS;
	void *mem = NULL;

	if (has_many_conversions(stem))
		return true;
	/* A pack is expanded as a type, as an expression, or to the number of what it holds. */
	if (!strstr(stem, "Dp") && !strstr(stem, "sp") && !strstr(stem, "sZ"))
		return false;
	name = cplus_demangle_v3_components(stem, options, &mem);
	weigh(name, &left);
	free(mem);
	/* It is told less than the demangler, and may fail where that does not. */
	return name ? !left : has_many_doublings(stem);
}

/*
 * Does the Rust name STEM declare lifetimes without end?  "G" and a number stand behind "F" or "D",
 * and libiberty counts up to it also where it writes nothing.  Two digits are up to 3,905.
 */
static bool has_endless_lifetimes(const char *stem)
{
	for (; (stem = strchr(stem, 'G')); stem++) {
		size_t digits = strspn(stem + 1, BASE_62);

		if ((stem[-1] == 'F' || stem[-1] == 'D') && digits > 2 && stem[1 + digits] == '_')
			return true;
	}
	return false;
}

static bool demangle_into(struct demangled *out, const char *stem, int options)
{
	if (setjmp(out->leave))
		return false;
	if (!strncmp(stem, "_R", 2) && has_endless_lifetimes(stem))
		return false;
	if (rust_demangle_callback(stem, options, add_rust, out))
		return !out->is_too_long && out->len; /* a crate may have no name */
	out->len = 0;
	return !out->is_too_long && !is_too_heavy(stem, options) &&
	       cplus_demangle_v3_callback(stem, options, add_cpp, out);
}

/* Demangle STEM, for free(); NULL if it is damaged, or too long when it is demangled. */
static char *demangle_stem(const char *stem, int options)
{
	struct demangled out = { .text = malloc(LIMIT_DEMANGLED + 1) };

	if (!out.text || !demangle_into(&out, stem, options)) {
		free(out.text);
		return NULL;
	}
	out.text[out.len] = '\0';
	return out.text;
}

const char *demangle(struct arena *arena, const char *name, bool params)
{
	size_t len = strlen(name), suffix_len, text_len;
	const char *suffix;
	char *stem, *text, *out;

	if (!is_mangled(name) || len > LIMIT_MANGLED)
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
