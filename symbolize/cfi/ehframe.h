/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ehframe.h - call frame information (CFI) as a sorted table of rows: how to
 * find the caller's frame from any instruction of an ELF file (x86-64).
 *
 * A row keeps the three registers a stack walk needs: where the canonical frame
 * address (CFA) is, where the caller's RBP was saved, and the return address,
 * which is at CFA - 8 unless the row says otherwise.  The caller's RSP is the
 * CFA.  What a row cannot express is an UNSUP row, never a guess.
 *
 * Source:    .eh_frame, else .debug_frame, of one ELF file; for Go's both.  The bytes are read
 *            into memory, not mapped: a file that shrinks meanwhile is a read
 *            error and no SIGBUS, and what was checked cannot change afterwards.
 *            DWARF 5, 6.4; LSB 5.0 Core, 10.6 (.eh_frame, augmentations); System
 *            V ABI x86-64, 3.6 (register numbers: RBP 6, RSP 7, RA 16).
 * Units:     `vaddr` is the ELF's own p_vaddr space; offsets are bytes.
 * Ownership: the caller owns a table and frees it; nothing refers to the input.
 * Errors:    0 or a negative errno; on failure *out is NULL.  The input is never
 *            trusted: a damaged function gets one UNSUP row and is counted.
 * Threads:   no shared state; a table is read-only once made.
 */
#ifndef SYMBOLIZE_CFI_EHFRAME_H
#define SYMBOLIZE_CFI_EHFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Limits of one file: -ENOSPC beyond.  With them hostile input costs at most 200 MiB
 * while it is parsed.  The largest seen, of 3,244 files: 1.2 M rows, 161 k FDEs,
 * 8 MB; CIEs are a handful, as linkers merge equal ones.
 */
#define EHFRAME_MAX_ROWS ((size_t)4 << 20)
#define EHFRAME_MAX_FDES ((size_t)1 << 20)
#define EHFRAME_MAX_CIES ((size_t)1 << 16)
#define EHFRAME_MAX_SIZE ((size_t)64 << 20) /* bytes of one section */

/* Where the CFA is, or why there is none.  The numbers are those of bpf/unwind.h. */
enum ehframe_cfa {
	EHFRAME_CFA_NONE,      /* no CFI from here on: a gap between functions, or the end */
	EHFRAME_CFA_RSP,       /* RSP + cfa_off */
	EHFRAME_CFA_RBP,       /* RBP + cfa_off */
	EHFRAME_CFA_REG,       /* register reg.num + reg.off: known in the innermost frame only */
	EHFRAME_CFA_PLT,       /* RSP + 8, and 8 more if (rip & 15) >= cfa_off: pushed its index */
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
	EHFRAME_FP_LOST,   /* undefined, or where a row cannot say */
	EHFRAME_FP_CNT,
};

/* Holds from vaddr to the next row's vaddr. */
struct ehframe_row {
	uint64_t vaddr;
	union { /* which one: see enum ehframe_cfa; 0 if none */
		int32_t cfa_off;
		struct {
			int16_t at, add;
		} deref;
		struct {
			int16_t off;
			uint16_t num; /* DWARF register number, 0..15 */
		} reg;
	};
	int16_t fp_off; /* a multiple of 8 in [-1024, 1016]; 0 if not used */
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
	size_t bad_cnt;	  /* damaged: FDEs without a use, CIEs, a cut-off section */
	bool debug_frame; /* made from .debug_frame alone */
};

/* A section in memory, for ehframe_parse(). */
struct ehframe_section {
	const uint8_t *bytes;
	size_t size;
	uint64_t vaddr;	    /* where bytes[0] is loaded: base of pc-relative pointers */
	uint64_t text_base; /* bases of text- and data-relative pointers; */
	uint64_t data_base; /* 0: such a pointer is damage */
	bool debug_frame;   /* the layout of .debug_frame (DWARF 5, 6.4.1) */
	bool unbounded;	    /* bytes go on after the section: a zero length ends it */
	/*
	 * Functions save RBP without a word of it (Go): in a frame that has more than the
	 * return address the caller's is lost.
	 */
	bool hides_fp;
	bool saves_rbx; /* make rows tell where RBX is saved, and not RBP */
};

/*
 * Make the table of a section; one without an FDE gives an empty table.  Of two
 * FDEs that overlap the one that starts later has the addresses from its start;
 * of two with the same start the first in the section is used.
 *
 *   -ENOSPC  over one of the limits above
 *   -ENOMEM
 */
int ehframe_parse(const struct ehframe_section *sec, struct ehframe_table **out);

/*
 * Takes rows as they are made, each call's behind the last one's; what is not 0 ends it
 * all and is returned.
 */
struct ehframe_sink {
	int (*rows)(void *ctx, const struct ehframe_row *rows, size_t cnt);
	void *ctx;
};

/* The same with the rows given away: the table has row_cnt and the other numbers, but none. */
int ehframe_parse_to(const struct ehframe_section *sec, const struct ehframe_sink *sink,
		     struct ehframe_table **out);

/*
 * Make the table of the ELF file open at FD, which stays open and keeps its
 * position.
 *
 *   -ENOEXEC  not an ELF file, or a damaged one
 *   -ENOTSUP  not x86-64 (x32 included), or not linked
 *   -ENODATA  no CFI
 *   -ENOSPC   over one of the limits above
 *   -ENOMEM
 */
int ehframe_load(int fd, struct ehframe_table **out);

/* The same with the rows given away: a table of a million takes 16 MB. */
int ehframe_load_to(int fd, const struct ehframe_sink *sink, struct ehframe_table **out);

/* The same for an ELF image in memory: the vDSO. */
int ehframe_load_image(const void *image, size_t size, struct ehframe_table **out);

/* A table with UPPER's rows, and LOWER's where UPPER has none.  -ENOSPC or -ENOMEM. */
int ehframe_overlay(const struct ehframe_table *lower, const struct ehframe_table *upper,
		    struct ehframe_table **out);

/*
 * The rt_sigreturn trampoline at VADDR: "mov $15, %rax; syscall", to which a signal
 * handler returns.  It has CFI in glibc alone.
 */
int ehframe_trampoline(uint64_t vaddr, struct ehframe_table **out);

/*
 * The dynamic linker's resolver keeps its CFA in RBX while it binds a function at its first
 * call.  A walk that comes from the function which the resolver called has RBP and RSP
 * alone; but that function has saved RBX, at a known place below the RSP that it returns
 * with.  So the bytes of such calls, which only return addresses lead to, get rows of their
 * own: DEREF_RSP.
 *
 * TABLE is the file's own table, SAVES the same with saves_rbx; *OUT is to be laid over.
 */
#define EHFRAME_RBX 3 /* System V ABI x86-64, figure 3.36 */

struct ehframe_code {
	/* SIZE bytes of code, NULL: there are none.  Valid until the next call. */
	const uint8_t *(*bytes)(void *ctx, uint64_t vaddr, size_t size);
	void *ctx;
};

bool ehframe_has_rbx(const struct ehframe_table *table);
int ehframe_rbx_calls(const struct ehframe_table *table, const struct ehframe_table *saves,
		      const struct ehframe_code *code, struct ehframe_table **out);

void ehframe_free(struct ehframe_table *table); /* NULL is fine */

#endif /* SYMBOLIZE_CFI_EHFRAME_H */
