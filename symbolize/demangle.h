/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * demangle.h - C++ and Rust names as their authors wrote them.
 *
 * Source:    libiberty, which knows the Itanium C++ ABI and both Rust schemes.
 * Ownership: the result lives in the arena.
 * Errors:    the result is NULL when memory runs out.  A name that is not mangled, or too
 *            long, or damaged, comes back as it is.
 * Threads:   one arena, one thread.
 */
#ifndef SYMBOLIZE_DEMANGLE_H
#define SYMBOLIZE_DEMANGLE_H

#include <stdbool.h>

#include "symbolize/answer.h"
#include "symbolize/arena.h"

/*
 * Make a copy of NAME, demangled; with parameter lists if PARAMS.  What a compiler
 * hangs behind a name when it splits or clones a function (`.cold`, `.part.0`)
 * is kept; Rust's hash and the version of a dynamic symbol are not.
 */
const char *demangle(struct arena *arena, const char *name, bool params);

/* Make a copy of NAME as OPTS wants it: demangled or not. */
const char *demangle_for(const struct symbolizer_opts *opts, struct arena *arena, const char *name);

#endif /* SYMBOLIZE_DEMANGLE_H */
