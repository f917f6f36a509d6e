/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spaces.h - address spaces as the BPF program sees them: for each process a
 * sorted range of a pool of mappings.
 *
 * A change writes a new range and then turns the process over to it with one
 * update, so that a walk sees the old mappings or the new ones.  The old range is
 * used again only when no program can be walking it any more.
 *
 * Ownership: a range uses the tables that its mappings name.
 * Errors:    0 or a negative errno; -ENOSPC: the pool of mappings is full; -E2BIG: the map of
 *            processes is.  On failure the process has no range.
 * Threads:   one.
 */
#ifndef PROFILER_TABLES_SPACES_H
#define PROFILER_TABLES_SPACES_H

#include "profiler/tables/tables.h"

struct spaces;

struct space_mapping {
	uint64_t start, end; /* ip */
	uint64_t bias;	     /* ip - (vaddr - table->base) */
	struct table *table; /* NULL: code without a file; its user count is taken over */
};

/* KERNEL must have the maps `mappings` and `processes`. */
int spaces_open(struct tables *tables, const struct kernel_tables *kernel, struct spaces **out);
void spaces_close(struct spaces *spaces); /* NULL is fine */

/*
 * From now on TGID has these mappings, ascending.  Their tables are taken over, also on failure.
 * INTERPRETER is what unwind_process.flags say of its interpreter; 0: it has none.
 */
int spaces_set(struct spaces *spaces, uint32_t tgid, const struct space_mapping *mappings,
	       size_t cnt, uint32_t interpreter);

/* CHILD has the same mappings as PARENT, until one of them changes.  -ENOENT: PARENT has none. */
int spaces_share(struct spaces *spaces, uint32_t child, uint32_t parent);

void spaces_drop(struct spaces *spaces, uint32_t tgid);

/* unwind_process.version of TGID's mappings, 0: it has none. */
uint32_t spaces_version(const struct spaces *spaces, uint32_t tgid);

/* No copies of TGID's stacks are wanted until its mappings change: all is known about them. */
void spaces_settle(struct spaces *spaces, uint32_t tgid);

/* Use what was dropped long enough ago again; call it now and then. */
void spaces_reclaim(struct spaces *spaces);

#endif /* PROFILER_TABLES_SPACES_H */
