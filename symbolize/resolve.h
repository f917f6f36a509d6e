/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolve.h - the questions to one source, answered together.
 *
 * Source:    name_source.h says what can name an address; README.md in which order its
 *            tables are asked.
 * Ownership: names and frames are put into the arena.
 * Errors:    -ENOMEM.  What cannot be named gets a reason.
 */
#ifndef SYMBOLIZE_RESOLVE_H
#define SYMBOLIZE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/answer.h"
#include "symbolize/arena.h"
#include "symbolize/dwarf/cache.h"
#include "symbolize/process/name_source.h"

struct question {
	struct name_source *source; /* NULL: answered when it was asked */
	uint64_t value;		    /* an off in the file; see is_vaddr; JIT, kernel: an ip */
	bool is_vaddr;
	struct sym_answer answer;
};

/* All of SOURCE, ascending by (is_vaddr, value).  opts->debug.root is set. */
int resolve_questions(const struct symbolizer_opts *opts, struct arena *arena,
		      struct dwarf_cache *dwarf, struct name_source *source,
		      struct question *const *questions, size_t cnt);

#endif /* SYMBOLIZE_RESOLVE_H */
