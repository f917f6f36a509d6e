/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inlines.h - what was inlined into a function, and the source line.
 *
 * The addresses are sorted by the unit that holds them; each unit is read once, by
 * whichever thread is free, while another inflates the next one.
 *
 * Source:    DWARF 2 to 5 (dwarf/file.h), split units too.
 * Ownership: frames and file names are put into the arena.
 * Errors:    -ENOMEM.  Damaged or missing DWARF leaves answers as they are.
 * Threads:   it starts its own, which have ended when it returns; the callbacks in OPTS
 *            are called by the caller's, but for `stop`.
 */
#ifndef SYMBOLIZE_DWARF_INLINES_H
#define SYMBOLIZE_DWARF_INLINES_H

#include <stddef.h>

#include "symbolize/answer.h"
#include "symbolize/arena.h"
#include "symbolize/dwarf/file.h"

/*
 * Add inlined calls and lines to ANSWERS, which have vaddrs of the file that DW belongs to.
 * An answer that has a name has one frame, the function by its symbol, which is kept; one
 * without gets DWARF's name.
 */
int inlines_expand(const struct symbolizer_opts *opts, struct arena *arena, struct dwarf *dw,
		   struct sym_answer **answers, size_t cnt);

#endif /* SYMBOLIZE_DWARF_INLINES_H */
