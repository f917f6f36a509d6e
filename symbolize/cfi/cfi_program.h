/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cfi_program.h - run the program of one CIE or FDE, which makes rows.
 *
 * Only RBP, RSP and the return address are followed.  What a row cannot express
 * becomes an UNSUP row.
 *
 * Source:    DWARF 5, 6.4.2; System V ABI x86-64, figure 3.36 (register numbers).
 * Units:     as in ehframe_rows.h.
 * Ownership: the caller owns everything that a struct cfi_run points to.
 * Errors:    cfi_run() says that a program is damaged; cfi_run.err is what adding a row
 *            returned.
 * Threads:   one run, one thread.
 */
#ifndef SYMBOLIZE_CFI_CFI_PROGRAM_H
#define SYMBOLIZE_CFI_CFI_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "symbolize/cfi/ehframe_rows.h"
#include "symbolize/cfi/ehframe_section.h"
#include "symbolize/cursor.h"
#include "symbolize/limits.h"

#define CFI_REG_RA 16 /* the column of the return address */

enum cfi_tracked { CFI_FP, CFI_SP, CFI_RA, CFI_TRACKED_CNT, CFI_UNTRACKED = CFI_TRACKED_CNT };

/* How the caller's value of a register is found. */
enum cfi_how {
	CFI_SAME,      /* the register still has it */
	CFI_AT_CFA,    /* it was saved at CFA + off */
	CFI_AT_FP,     /* it was saved at RBP + off */
	CFI_IN_REG,    /* the register with the number off has it */
	CFI_IS_CFA,    /* it is the CFA itself */
	CFI_UNDEFINED, /* nothing has it */
	CFI_OTHER,     /* by a rule that no row can express */
};

struct cfi_reg {
	enum cfi_how how;
	int64_t off; /* bytes, or a register's number; 0 if `how` does not use it */
};

struct cfi_rules {
	enum ehframe_cfa cfa; /* up to CFA_REG by register, above by expression */
	uint64_t cfa_reg;
	int64_t cfa_off;  /* from cfa_reg; an expression in between leaves it alone */
	int32_t cfa_expr; /* the row's cfa_off if cfa is PLT or DEREF */
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

/* One program being run; the caller sets what stands before `states`. */
struct cfi_run {
	struct cursor cur;
	const struct ehframe_section *sec;
	const struct cfi_common *common;
	struct ehframe_rows *out;
	uint64_t vaddr, end; /* rows end at `end`; the range of a CIE is empty */
	struct cfi_rules rules, states[LIMIT_CFI_STATES];
	unsigned int state_cnt;
	int err; /* what ended the run, -ENOSPC or -ENOMEM; 0 if nothing did */
};

/* What holds before a CIE says anything: System V ABI x86-64, 3.2.1. */
extern const struct cfi_rules cfi_abi_rules;

/* Run the program at x->cur; false if it is damaged. */
bool cfi_run(struct cfi_run *x);

/* Go on at VADDR: the present rules become a row that holds up to there. */
void cfi_move_to(struct cfi_run *x, uint64_t vaddr);

#endif /* SYMBOLIZE_CFI_CFI_PROGRAM_H */
