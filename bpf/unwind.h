/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * unwind.h - unwind tables as the kernel program reads them.
 *
 * From an address to its row: the process's mapping that holds the ip; the
 * mapping's file (`unwind_file`); the file's 64 KiB page of text (`unwind_page`);
 * the page's rows, searched by the low 16 bits of the vaddr:
 *
 *     vaddr = ip - mapping.bias
 *     page  = pages[file.first_page + (vaddr >> UNWIND_PAGE_BITS)]
 *     row   = the last of page.cnt rows from page.first with pc_lo <= vaddr & 0xffff
 *
 * The first row of a page has pc_lo 0: the row that holds from the page before is
 * repeated.  So a search always ends on a row, and never looks at another page.
 *
 * Written by profiler/ through mmap, read by bpf/; x86-64 only.  The includer
 * supplies the __u32 family.  Rules for this file: fixed-width fields only (no
 * pointer, bool, enum, long or bit-field), padding spelled out, one size assertion
 * per record.
 */
#ifndef BPF_UNWIND_H
#define BPF_UNWIND_H

#define UNWIND_PAGE_BITS  16
#define UNWIND_SHARD_BITS 18 /* 2 MiB of rows: one inner map, no row set straddles two */
#define UNWIND_SHARD_ROWS (1u << UNWIND_SHARD_BITS)
#define UNWIND_SHARDS	  512	     /* 1 GiB of rows; the memory cap comes first */
#define UNWIND_PAGES	  (1u << 17) /* 8 GiB of text */
#define UNWIND_FILES	  (1u << 14)
#define UNWIND_MAPPINGS	  (1u << 17) /* mappings of all processes together: 4 MiB */
#define UNWIND_PROCESSES  (1u << 14)

/* A binary search over N sorted things ends after log2(N) + 1 steps. */
#define UNWIND_ROW_STEPS (UNWIND_PAGE_BITS + 1)
_Static_assert(1u << (UNWIND_ROW_STEPS - 1) >= 1u << UNWIND_PAGE_BITS,
	       "a page has at most one row per byte");
#define UNWIND_MAPPING_STEPS 18 /* one process may have all of them */
_Static_assert(1u << (UNWIND_MAPPING_STEPS - 1) >= UNWIND_MAPPINGS,
	       "the search for a mapping ends");
_Static_assert(1u << UNWIND_PAGE_BITS <= UNWIND_SHARD_ROWS, "a page's rows fit in a shard");

/* How to find the canonical frame address (CFA): low half of unwind_row.kind. */
enum unwind_cfa {
	UNWIND_CFA_NONE,      /* no CFI here: walk the frame pointer */
	UNWIND_CFA_RSP,	      /* RSP + cfa_off */
	UNWIND_CFA_RBP,	      /* RBP + cfa_off */
	UNWIND_CFA_REG,	      /* register reg.num + reg.off */
	UNWIND_CFA_PLT,	      /* RSP + 8, and 8 more if (ip & 15) >= cfa_off */
	UNWIND_CFA_DEREF_RSP, /* *(RSP + deref.at) + deref.add */
	UNWIND_CFA_DEREF_RBP, /* *(RBP + deref.at) + deref.add */
	UNWIND_CFA_RA_REG,    /* RSP + reg.off, return address in reg.num; innermost frame only */
	UNWIND_CFA_SIGNAL,    /* the kernel's rt_sigframe */
	UNWIND_CFA_END,	      /* outermost frame */
	UNWIND_CFA_UNSUP,     /* CFI that a row cannot express */
	UNWIND_CFA_CNT,
};

/* Where the caller's RBP is: high half of unwind_row.kind. */
enum unwind_fp {
	UNWIND_FP_SAME,	  /* in RBP */
	UNWIND_FP_AT_CFA, /* at CFA + 8 * fp8 */
	UNWIND_FP_AT_FP,  /* at RBP + 8 * fp8: a realigned frame */
	UNWIND_FP_LOST,	  /* nowhere */
	UNWIND_FP_CNT,
};
_Static_assert(UNWIND_CFA_CNT <= 16 && UNWIND_FP_CNT <= 16, "two halves of one byte");

#define UNWIND_KIND(cfa, fp) ((cfa) | (fp) << 4)

/* Aligned, so that the kernel program reads it as one __u64. */
struct unwind_row {
	__u16 pc_lo; /* low 16 bits of the first vaddr it holds for */
	__u8 kind;   /* UNWIND_KIND() */
	__s8 fp8;
	union {
		__s32 cfa_off;
		struct {
			__s16 at, add;
		} deref;
		struct {
			__s16 off;
			__u16 num; /* DWARF register number, 0..15 */
		} reg;
	};
} __attribute__((aligned(8)));
_Static_assert(sizeof(struct unwind_row) == 8, "unwind_row is wire format");

/* The rows of 64 KiB of text; cnt 0: it has none. */
struct unwind_page {
	__u32 first; /* shard << UNWIND_SHARD_BITS | index in the shard */
	__u32 cnt;
};
_Static_assert(sizeof(struct unwind_page) == 8, "unwind_page is wire format");

/* One file; page_cnt 0: no table (no CFI, or damaged). */
struct unwind_file {
	__u32 first_page;
	__u32 page_cnt; /* or UNWIND_FILE_PENDING: user space alone has it, now or soon */
};
#define UNWIND_FILE_PENDING (~0u)
#define UNWIND_FILE_NONE    0u /* file 0 never has a table: JIT code, anonymous memory */
_Static_assert(sizeof(struct unwind_file) == 8, "unwind_file is wire format");

/* One executable mapping of a process; each process's are sorted by start. */
struct unwind_mapping {
	__u64 start, end; /* ip */
	__u64 bias;	  /* ip - vaddr, modulo 2^64 */
	__u32 file_id;
	__u32 reserved; /* 0 */
};
_Static_assert(sizeof(struct unwind_mapping) == 32, "unwind_mapping is wire format");

/* The mappings of one process: a range of the mapping pool. */
struct unwind_process {
	__u32 first;
	__u32 cnt;
	__u32 flags;   /* UNWIND_PROCESS_* */
	__u32 version; /* of this range's contents: no other ever has the same */
};
#define UNWIND_PROCESS_SETTLED                                                                     \
	1u /* user space knows no more of its mappings: a copy of a stack that leaves them is no use */
_Static_assert(sizeof(struct unwind_process) == 16, "unwind_process is wire format");

/*
 * How a walk went on, or why it ended.  Up to UNWIND_ZERO_RA the stack may be
 * complete: END is proof, the others are the custom of thread entry code.
 */
enum unwind_result {
	UNWIND_OK,	   /* the state is now the caller's */
	UNWIND_END,	   /* CFI says that this is the outermost frame */
	UNWIND_FP_END,	   /* the chain of frame pointers ends in 0 */
	UNWIND_ZERO_RA,	   /* the return address is 0 */
	UNWIND_BAD_READ,   /* stack memory that is not there, or not paged in */
	UNWIND_STUCK,	   /* the CFA is not above the stack pointer, or not aligned */
	UNWIND_UNSUP,	   /* a rule that a row cannot express */
	UNWIND_NO_REG,	   /* a rule by a register that a callee may have saved */
	UNWIND_NO_FP,	   /* RBP is needed, and was lost in an inner frame */
	UNWIND_BAD_FP,	   /* no CFI, and RBP is not a frame pointer */
	UNWIND_NO_MAPPING, /* ip in no mapping; set by the includer, as are those below */
	UNWIND_PENDING,	   /* the program did not have the file's table */
	UNWIND_TOO_DEEP,   /* SAMPLE_USER_MAX frames, and more to come */
	UNWIND_CUT,	   /* behind the end of a copied stack */
	UNWIND_RESULT_CNT,
};

#endif /* BPF_UNWIND_H */
