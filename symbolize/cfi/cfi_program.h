/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cfi_program.h - run the program of one CIE or FDE to rows.
 *
 * Only RBP, RSP and the return address are followed.  What a row cannot express
 * becomes an UNSUP row.
 *
 * Source:    DWARF 5, 6.4.2; System V ABI x86-64, figure 3.36 (register numbers).
 * Units:     as in ehframe.h.
 * Ownership: the caller frees rows.
 * Errors:    0 or a negative errno.
 */
#ifndef SYMBOLIZE_CFI_CFI_PROGRAM_H
#define SYMBOLIZE_CFI_CFI_PROGRAM_H

#include "symbolize/cursor.h"
#include "symbolize/cfi/ehframe.h"

#define CFI_STATES_MAX 32 /* remember_state nesting; compilers use 1 or 2 */
#define CFI_REG_RA     16 /* the column of the return address */

enum cfi_tracked { CFI_FP, CFI_SP, CFI_RA, CFI_TRACKED_CNT, CFI_UNTRACKED = CFI_TRACKED_CNT };

enum cfi_how {
	CFI_SAME,
	CFI_AT_CFA,
	CFI_AT_FP,
	CFI_IN_REG,
	CFI_IS_CFA,
	CFI_UNDEFINED,
	CFI_OTHER,
};

struct cfi_reg {
	enum cfi_how how;
	int64_t off; /* AT_*: bytes; IN_REG: the register's number */
};

struct cfi_rules {
	enum ehframe_cfa cfa; /* up to CFA_REG by register, above by expression */
	uint64_t cfa_reg;
	int64_t cfa_off;  /* from cfa_reg; an expression in between leaves it alone */
	int32_t cfa_expr; /* PLT, DEREF: the row's cfa_off */
	struct cfi_reg reg[CFI_TRACKED_CNT];
};

/* What all FDEs of a CIE share. */
struct cfi_common {
	uint64_t code_align;
	int64_t data_align;
	struct cfi_rules init;
	uint8_t encoding; /* DW_EH_PE_* of the FDEs' addresses */
	bool is_signal;
};

struct cfi_rows {
	struct ehframe_row *rows;
	size_t cnt, cap;
	size_t passed_cnt; /* rows that were here and have been given away */
};

/* One program being run; the caller sets what stands before `states`. */
struct cfi_run {
	struct cursor cur;
	const struct ehframe_section *sec;
	const struct cfi_common *common;
	struct cfi_rows *out;
	uint64_t vaddr, end; /* rows end there; a CIE's range is empty */
	struct cfi_rules rules, states[CFI_STATES_MAX];
	unsigned int state_cnt;
	int err; /* a limit was met */
};

/* What holds before a CIE says anything: System V ABI x86-64, 3.2.1. */
extern const struct cfi_rules cfi_abi_rules;

/* False: the program is damaged. */
bool cfi_run(struct cfi_run *x);

/* The present rules hold up to VADDR. */
void cfi_move_to(struct cfi_run *x, uint64_t vaddr);

/* -ENOSPC over EHFRAME_MAX_ROWS, or -ENOMEM.  A row like the last one is not added. */
int cfi_rows_add(struct cfi_rows *r, const struct ehframe_row *row);

/* ROWS become the table's, without the room they had to grow. */
int cfi_rows_to_table(struct cfi_rows *rows, struct ehframe_table **out);

#endif /* SYMBOLIZE_CFI_CFI_PROGRAM_H */
