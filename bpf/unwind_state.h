/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * unwind_state.h - the registers of a frame as a walk knows them (x86-64).
 * Wire format, see bpf/sample.h.
 */
#ifndef BPF_UNWIND_STATE_H
#define BPF_UNWIND_STATE_H

/* Registers in the order of struct sigcontext_64, as a signal frame has them. */
enum unwind_greg {
	UNWIND_R8,
	UNWIND_R9,
	UNWIND_R10,
	UNWIND_R11,
	UNWIND_R12,
	UNWIND_R13,
	UNWIND_R14,
	UNWIND_R15,
	UNWIND_RDI,
	UNWIND_RSI,
	UNWIND_RBP,
	UNWIND_RBX,
	UNWIND_RDX,
	UNWIND_RAX,
	UNWIND_RCX,
	UNWIND_RSP,
	UNWIND_GREG_CNT,
};

struct unwind_state {
	__u64 ip, sp, fp;
	/*
	 * All registers as interrupted, ip apart: in the innermost frame, or in the one
	 * that a signal interrupted.  Further out only those that no callee saves.
	 */
	__u64 greg[UNWIND_GREG_CNT];
	__u8 is_return; /* ip is behind a call, and not where execution was */
	__u8 fp_lost;	/* fp is not this frame's RBP */
	__u8 pad[6];
};
_Static_assert(sizeof(struct unwind_state) == 160, "unwind_state is wire format");

#endif /* BPF_UNWIND_STATE_H */
