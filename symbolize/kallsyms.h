/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kallsyms.h - names of kernel functions.
 *
 * Source:    the caller's own look-up (symbolizer_opts.kernel_name), else the text of
 *            /proc/kallsyms.
 * Units:     an answer's `vaddr` is an address in the running kernel.
 * Ownership: names and frames are put into the arena.
 * Errors:    -ENOMEM.  What cannot be named gets a reason.
 * Threads:   no shared state.
 */
#ifndef SYMBOLIZE_KALLSYMS_H
#define SYMBOLIZE_KALLSYMS_H

#include <stddef.h>

#include "symbolize/answer.h"
#include "symbolize/arena.h"

#define KALLSYMS_PATH "/proc/kallsyms"

/*
 * Name the kernel addresses that ANSWERS have as their vaddr.  The text at PATH is read when
 * the caller has no look-up, or it fails.  An answer that gets no name is SYM_DENIED if
 * nobody may know the addresses, else SYM_NO_SYMBOL.
 */
int kallsyms_answer(const struct symbolizer_opts *opts, struct arena *arena, const char *path,
		    struct sym_answer **answers, size_t cnt);

#endif /* SYMBOLIZE_KALLSYMS_H */
