/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ehframe_overlay.h - tables that are laid over a file's own, for what its CFI does not
 * say or a row cannot express.
 *
 * The dynamic linker's resolver keeps its CFA in RBX while it binds a function at its first
 * call.  A walk that comes from the function which the resolver called has RBP and RSP
 * alone; but that function has saved RBX, at a known place below the RSP that it returns
 * with.  So the bytes of such calls, which only return addresses lead to, get rows of their
 * own: DEREF_RSP.
 *
 * Source:    System V ABI x86-64, figure 3.36 (register numbers); the code itself.
 * Units:     as in ehframe_rows.h.
 * Ownership: tables that are made are the caller's; those that are given stay his.
 * Errors:    -ENOSPC or -ENOMEM; on failure *out is NULL.
 * Threads:   no shared state.
 */
#ifndef SYMBOLIZE_CFI_EHFRAME_OVERLAY_H
#define SYMBOLIZE_CFI_EHFRAME_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/cfi/ehframe_rows.h"

#define EHFRAME_RBX 3 /* DWARF's number of the register */

/* Make a table with UPPER's rows, and LOWER's where UPPER has none. */
int ehframe_overlay(const struct ehframe_table *lower, const struct ehframe_table *upper,
		    struct ehframe_table **out);

/*
 * Make the table of the rt_sigreturn trampoline at VADDR: "mov $15, %rax; syscall", to which
 * a signal handler returns.  Of the C libraries glibc alone has CFI for it.
 */
int ehframe_trampoline(uint64_t vaddr, struct ehframe_table **out);

struct ehframe_code {
	/* SIZE bytes of code at VADDR, valid until the next call; NULL if there are none. */
	const uint8_t *(*bytes)(void *ctx, uint64_t vaddr, size_t size);
	void *ctx;
};

/* Does TABLE have a row with its CFA in RBX? */
bool ehframe_has_rbx(const struct ehframe_table *table);

/*
 * Make the table of the calls in functions that keep their CFA in RBX.  TABLE is the file's
 * own; SAVES is made from the same section with saves_rbx.
 */
int ehframe_rbx_calls(const struct ehframe_table *table, const struct ehframe_table *saves,
		      const struct ehframe_code *code, struct ehframe_table **out);

#endif /* SYMBOLIZE_CFI_EHFRAME_OVERLAY_H */
