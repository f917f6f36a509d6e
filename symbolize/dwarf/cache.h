/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.h - the DWARF of sources, opened once and within a budget.
 *
 * Source:    the file itself, else its debug file; and dwz's file that either of
 *            them names in .gnu_debugaltlink.
 * Ownership: what is kept is the cache's until dwarf_cache_fini(), which must come
 *            before the sources are freed.
 * Errors:    -ENODATA there is none, -ENOSPC it exceeds the budget; -ENOMEM.
 * Threads:   one cache, one thread.
 */
#ifndef SYMBOLIZE_DWARF_CACHE_H
#define SYMBOLIZE_DWARF_CACHE_H

#include "symbolize/dwarf/file.h"
#include "symbolize/process/name_source.h"

struct dwarf_cache {
	struct dwarf_budget budget;
	struct dwarf_held *held;
};

void dwarf_cache_init(struct dwarf_cache *cache, size_t mem);
void dwarf_cache_fini(struct dwarf_cache *cache);

/* Find the file with SRC's DWARF; *OUT is NULL if there is none.  -ENOMEM. */
int dwarf_cache_find_image(struct name_source *src, const struct debuginfo_opts *opts,
			   const struct elf_image **out, int *fd);

/*
 * Open SRC's DWARF, unless it is kept.  If the budget does not suffice, all that is kept
 * goes first.  *OUT is valid until the next call.
 */
int dwarf_cache_open(struct dwarf_cache *cache, struct name_source *src,
		     const struct debuginfo_opts *opts, struct dwarf **out);

/* Let DW take the work that a file of its size may: dwarf/meter.h. */
void dwarf_cache_begin_work(struct dwarf_cache *cache, const struct dwarf *dw);

/* Close all that is kept. */
void dwarf_cache_drop(struct dwarf_cache *cache);

#endif /* SYMBOLIZE_DWARF_CACHE_H */
