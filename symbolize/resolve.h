/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolve.h - answers the questions to one source together.
 *
 * Source:    name_source.h says what can name an address; README.md in which order its
 *            tables are asked.
 * Ownership: names and frames are put into the arena.
 * Errors:    -ENOMEM.  What cannot be named gets a reason.
 * Threads:   one source, one thread.
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
	struct name_source *source; /* NULL if it was answered when it was asked */
	uint64_t value;		    /* an offset in an ELF file, else an ip */
	bool is_vaddr;		    /* the value is a vaddr of the ELF file */
	struct sym_answer answer;
};

/*
 * Answer QUESTIONS, which are all to SOURCE and ascend by (is_vaddr, value).  OPTS must have
 * a debug.root.
 */
int resolve_questions(const struct symbolizer_opts *opts, struct arena *arena,
		      struct dwarf_cache *dwarf, struct name_source *source,
		      struct question *const *questions, size_t cnt);

#endif /* SYMBOLIZE_RESOLVE_H */
