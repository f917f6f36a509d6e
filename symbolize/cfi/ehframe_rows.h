/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ehframe_rows.h - the rows that call frame information becomes, and tables of them.
 *
 * A row keeps the three registers a stack walk needs: where the canonical frame
 * address (CFA) is, where the caller's RBP was saved, and the return address,
 * which is at CFA - 8 unless the row says otherwise.  The caller's RSP is the
 * CFA.  What a row cannot express is an UNSUP row, never a guess.
 *
 * Source:    DWARF 5, 6.4; System V ABI x86-64, 3.6 (register numbers: RBP 6, RSP 7).
 * Units:     `vaddr` is the ELF's own p_vaddr space; offsets are bytes.
 * Ownership: the caller owns a table and frees it; who fills a struct ehframe_rows frees
 *            its `rows`.
 * Errors:    0 or a negative errno; on failure *out is NULL.
 * Threads:   no shared state; a table is read-only once it is made.
 */
#ifndef SYMBOLIZE_CFI_EHFRAME_ROWS_H
#define SYMBOLIZE_CFI_EHFRAME_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the CFA is, or why there is none.  The numbers are those of bpf/unwind.h. */
enum ehframe_cfa {
	EHFRAME_CFA_NONE,      /* no CFI from here on: a gap between functions, or the end */
	EHFRAME_CFA_RSP,       /* RSP + cfa_off */
	EHFRAME_CFA_RBP,       /* RBP + cfa_off */
	EHFRAME_CFA_REG,       /* register reg.num + reg.off, known in the innermost frame only */
	EHFRAME_CFA_PLT,       /* RSP + 8, or RSP + 16 if (rip & 15) >= cfa_off: a PLT entry */
	EHFRAME_CFA_DEREF_RSP, /* *(RSP + deref.at) + deref.add: a realigned stack */
	EHFRAME_CFA_DEREF_RBP, /* *(RBP + deref.at) + deref.add */
	EHFRAME_CFA_RA_REG,    /* RSP + reg.off, the return address in register reg.num (vfork) */
	EHFRAME_CFA_SIGNAL,    /* signal trampoline: all registers in the kernel's rt_sigframe */
	EHFRAME_CFA_END,       /* outermost frame: the return address is undefined */
	EHFRAME_CFA_UNSUP,     /* a rule that a row cannot express, or damaged CFI */
	EHFRAME_CFA_CNT,
};

/* Where the caller's RBP is.  The numbers are those of bpf/unwind.h. */
enum ehframe_fp {
	EHFRAME_FP_SAME,   /* still in RBP */
	EHFRAME_FP_AT_CFA, /* saved at CFA + fp_off */
	EHFRAME_FP_AT_FP,  /* saved at RBP + fp_off: a realigned frame */
	EHFRAME_FP_LOST,   /* undefined, or in a place that a row cannot express */
	EHFRAME_FP_CNT,
};

/* A row holds from its vaddr to the next row's vaddr. */
struct ehframe_row {
	uint64_t vaddr;
	union { /* enum ehframe_cfa says which member is used; unused bytes are 0 */
		int32_t cfa_off;
		struct {
			int16_t at, add;
		} deref;
		struct {
			int16_t off;
			uint16_t num; /* DWARF register number, 0..15 */
		} reg;
	};
	int16_t fp_off; /* a multiple of 8 in [-1024, 1016]; 0 if fp does not use it */
	uint8_t cfa;	/* enum ehframe_cfa */
	uint8_t fp;	/* enum ehframe_fp; SAME unless cfa is RSP..DEREF_RBP */
};

struct ehframe_table {
	/*
	 * Strictly ascending vaddrs, equal neighbours merged.  A gap of 16 bytes and
	 * more is a NONE row; a smaller one is padding and keeps the row before it.
	 * The last row is NONE.
	 */
	struct ehframe_row *rows;
	size_t row_cnt;
	size_t fde_cnt;	  /* functions with CFI (one FDE each) */
	size_t bad_cnt;	  /* damaged FDEs without a use, damaged CIEs, and a cut-off section */
	bool debug_frame; /* the table was made from .debug_frame alone */
};

void ehframe_free(struct ehframe_table *table); /* NULL is fine */

/* Rows in the making, in ascending order; one of zeros is empty. */
struct ehframe_rows {
	struct ehframe_row *rows;
	size_t cnt, cap;
	size_t passed_cnt; /* rows that have been given to a sink and are no longer in `rows` */
};

/*
 * Append ROW, unless it says what the last one says.  -ENOSPC over LIMIT_ROWS, or
 * -ENOMEM.
 */
int ehframe_rows_add(struct ehframe_rows *rows, const struct ehframe_row *row);

/* Make a table that takes over the rows, without the memory they had to grow into. */
int ehframe_rows_to_table(struct ehframe_rows *rows, struct ehframe_table **out);

#endif /* SYMBOLIZE_CFI_EHFRAME_ROWS_H */
