/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inlines.h - what was inlined into a function, and the source line.
 *
 * One pass over the compilation units; in those that hold an address the tree
 * of DIEs is walked once, and branches whose ranges hold none are not entered.
 *
 * Source:    DWARF 2 to 5, by libdw: DW_TAG_inlined_subroutine and the line
 *            table; split units and dwz's alternate file where libdw finds them.
 * Ownership: frames and file names are put into the arena.
 * Errors:    -ENOMEM.  Damaged or missing DWARF leaves answers as they are.
 */
#ifndef SYMBOLIZE_INLINES_H
#define SYMBOLIZE_INLINES_H

#include <stddef.h>

#include "symbolize/arena.h"
#include "symbolize/symbolizer.h"

/*
 * FD is the ELF file with the DWARF.  ANSWERS, ascending by vaddr, have one
 * frame each: the function by its symbol, whose name is kept.
 */
int inlines_expand(const struct symbolizer_opts *opts, struct arena *arena, int fd,
		   struct sym_answer **answers, size_t cnt);

#endif /* SYMBOLIZE_INLINES_H */
