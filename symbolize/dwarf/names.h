/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names.h - what the function of a DIE is called.
 *
 * A DIE of code says what it is an instance of, and that may say where it was
 * declared, perhaps in another unit or in dwz's file: the name is at the end.  The
 * name a linker knows is preferred at each step.
 *
 * Source:    DWARF 5, 3.3.8.3 (DW_AT_abstract_origin), 2.13.2 (DW_AT_specification).
 * Ownership: the names live in the arena.
 * Errors:    -ENOMEM.  Without a name *out is NULL.
 * Threads:   one table, one thread.
 */
#ifndef SYMBOLIZE_DWARF_NAMES_H
#define SYMBOLIZE_DWARF_NAMES_H

#include "symbolize/answer.h"
#include "symbolize/arena.h"
#include "symbolize/dwarf/unit.h"
#include "symbolize/word_map.h"

struct dwarf_names {
	const struct symbolizer_opts *opts;
	struct arena *arena;
	struct dwarf_reader reader;
	struct dwarf_context other; /* the last unit that a reference led to */
	struct word_map by_die;	    /* what the DIEs of one unit are called */
	struct word_map by_name;    /* what a name is as OPTS wants it, by its address */
};

void dwarf_names_fini(struct dwarf_names *names);

/* Forget the DIEs: names of another unit are asked for from here on. */
void dwarf_names_begin_unit(struct dwarf_names *names);

/* Forget all that points into the file of the last unit, which is about to be closed. */
void dwarf_names_forget(struct dwarf_names *names);

/* Find the name of the DIE at OFF in DW, for a DIE of CTX that refers to it. */
int dwarf_names_find(struct dwarf_names *names, const struct dwarf_context *ctx, struct dwarf *dw,
		     uint64_t off, const char **out);

/* Find the name by which a linker knows the function; *OUT is NULL if DWARF does not say it. */
int dwarf_names_linkage(struct dwarf_names *names, const struct dwarf_context *ctx,
			struct dwarf *dw, uint64_t off, const char **out);

#endif /* SYMBOLIZE_DWARF_NAMES_H */
