/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * unwind_step.h - undo one stack frame, given the unwind row of its ip (x86-64).
 *
 * Compiled three times: into the kernel program (bpf/unwind.bpf.h), into the walk of
 * copied stacks (profiler/recording/unwind.c), and into tests/unit/test_unwind_*.c,
 * where gdb, ASan and a table of cases are at hand.  So it calls no BPF helper; the
 * includer defines, above,
 *
 *     static int read_user(struct unwind_state *s, void *dst, __u32 size, __u64 addr);
 *
 * which returns 0 if it has read, and is always called with a constant size.  The
 * includer finds the row for unwind_lookup_ip(), and records ip and unwind_is_exact()
 * before each step.
 *
 * Nothing read from the stack is trusted.  Each step moves sp up, so that a walk
 * ends, but for a signal frame's and the one from the innermost frame by RA_REG: the
 * includer bounds the number of steps.
 *
 * Source: System V ABI x86-64, 3.2.2 (stack frame) and 3.4.1 (stack at process
 * entry); DWARF 5, 6.4; Linux, arch/x86/include/asm/sigframe.h (struct rt_sigframe)
 * and uapi/asm/sigcontext.h (struct sigcontext_64).
 */
#ifndef BPF_UNWIND_STEP_H
#define BPF_UNWIND_STEP_H

#include "bpf/unwind.h"
#include "bpf/unwind_state.h"

/*
 * Code without CFI: a frame larger than this is taken for something else in RBP.
 * Go's frames and those of JIT compilers are far smaller.
 */
#define UNWIND_FP_REACH (1u << 20)

/* rt_sigframe without the return address that was popped: 40 bytes to r8. */
#define UNWIND_SIGCONTEXT 40

/*
 * DWARF numbers 0..7 are RAX RDX RCX RBX RSI RDI RBP RSP, then R8..R15: a digit each, from
 * the right.  No case apart for the latter: Linux 6.1 loses the bound of `dwarf - 8`.
 */
static inline __u32 unwind_greg(__u32 dwarf)
{
	return (0x76543210fa89becdull >> (4 * (dwarf & 15))) & 15;
}
_Static_assert(UNWIND_RAX == 0xd && UNWIND_RDX == 0xc && UNWIND_RCX == 0xe && UNWIND_RBX == 0xb &&
		       UNWIND_RSI == 0x9 && UNWIND_RDI == 0x8 && UNWIND_RBP == 0xa &&
		       UNWIND_RSP == 0xf,
	       "the digits of unwind_greg()");

/*
 * A call that does not return may be its function's last instruction: the return
 * address is then in another function, and the byte before it is in the right one.
 */
static inline __u64 unwind_lookup_ip(const struct unwind_state *s)
{
	return s->ip - !!s->is_return;
}

/*
 * Is ip in the instruction that is meant?  A signal trampoline was not called: the
 * kernel made its first instruction the handler's return address.
 */
static inline __u32 unwind_is_exact(const struct unwind_state *s, const struct unwind_row *row)
{
	return !s->is_return || (row->kind & 15) == UNWIND_CFA_SIGNAL;
}

static inline enum unwind_result unwind_to_caller(struct unwind_state *s, __u64 ip, __u64 cfa)
{
	s->ip = ip;
	s->sp = cfa;
	s->is_return = 1;
	return ip ? UNWIND_OK : UNWIND_ZERO_RA;
}

/* No row: push %rbp; mov %rsp, %rbp, if the code keeps to it. */
static inline enum unwind_result unwind_step_fp(struct unwind_state *s)
{
	__u64 frame[2]; /* the caller's RBP, the return address */

	if (s->fp_lost)
		return UNWIND_NO_FP;
	if (!s->fp)
		return UNWIND_FP_END;
	if (s->fp & 7 || s->fp < s->sp || s->fp - s->sp > UNWIND_FP_REACH)
		return UNWIND_BAD_FP;
	if (read_user(s, frame, sizeof(frame), s->fp))
		return UNWIND_BAD_READ;
	if (!frame[1])
		return UNWIND_FP_END;
	unwind_to_caller(s, frame[1], s->fp + 16);
	s->fp = frame[0];
	return UNWIND_OK;
}

/*
 * The frame below the trampoline was interrupted: its ip is exact, and any stack
 * may be its own (sigaltstack), so that sp need not move up.
 */
static inline enum unwind_result unwind_step_signal(struct unwind_state *s)
{
	__u64 context = s->sp + UNWIND_SIGCONTEXT, ip;

	if (read_user(s, s->greg, sizeof(s->greg), context) ||
	    read_user(s, &ip, sizeof(ip), context + sizeof(s->greg)))
		return UNWIND_BAD_READ;
	s->ip = ip;
	s->sp = s->greg[UNWIND_RSP];
	s->fp = s->greg[UNWIND_RBP];
	s->is_return = 0;
	s->fp_lost = 0;
	return ip ? UNWIND_OK : UNWIND_ZERO_RA;
}

/* vfork() keeps its return address out of the stack, which the child shares. */
static inline enum unwind_result unwind_step_ra_reg(struct unwind_state *s,
						    const struct unwind_row *row)
{
	if (s->is_return)
		return UNWIND_NO_REG;
	return unwind_to_caller(s, s->greg[unwind_greg(row->reg.num)], s->sp + row->reg.off);
}

/*
 * RAX, RDX, RCX, RSI, RDI, R8 to R11: a function need not keep them, so no CFI says
 * where they were saved.  That a caller's CFA is by one of them means that this
 * callee is known to keep it: assembly calling its own (OpenSSL's AES-GCM).
 */
static inline int unwind_is_scratch(__u32 dwarf)
{
	return (0x0f37u >> (dwarf & 15)) & 1;
}
_Static_assert(0x0f37u == (1 << 0 | 1 << 1 | 1 << 2 | 1 << 4 | 1 << 5 | 0xf << 8), "DWARF numbers");

static inline enum unwind_result unwind_cfa(struct unwind_state *s, const struct unwind_row *row,
					    __u64 *cfa)
{
	__u32 kind = row->kind & 15;

	if ((kind == UNWIND_CFA_RBP || kind == UNWIND_CFA_DEREF_RBP) && s->fp_lost)
		return UNWIND_NO_FP;
	switch (kind) {
	case UNWIND_CFA_RSP:
		*cfa = s->sp + row->cfa_off;
		break;
	case UNWIND_CFA_RBP:
		*cfa = s->fp + row->cfa_off;
		break;
	case UNWIND_CFA_REG:
		if (s->is_return && !unwind_is_scratch(row->reg.num))
			return UNWIND_NO_REG;
		*cfa = s->greg[unwind_greg(row->reg.num)] + row->reg.off;
		break;
	case UNWIND_CFA_PLT:
		/* An entry has 16 bytes; behind its push there is one word more. */
		*cfa = s->sp + ((s->ip & 15) >= (__u64)row->cfa_off ? 16 : 8);
		break;
	case UNWIND_CFA_DEREF_RSP:
	case UNWIND_CFA_DEREF_RBP:
		*cfa = (kind == UNWIND_CFA_DEREF_RSP ? s->sp : s->fp) + row->deref.at;
		if (read_user(s, cfa, sizeof(*cfa), *cfa))
			return UNWIND_BAD_READ;
		*cfa += row->deref.add;
		break;
	default:
		return UNWIND_UNSUP;
	}
	/* Equality would loop; the return address is between sp and the CFA. */
	return *cfa <= s->sp || *cfa & 7 ? UNWIND_STUCK : UNWIND_OK;
}

/* The return address and the caller's RBP, with one read where they are neighbours. */
static inline enum unwind_result unwind_load(struct unwind_state *s, const struct unwind_row *row,
					     __u64 cfa)
{
	__u64 saved[2], fp = s->fp; /* the word below the return address, and that */
	__u32 kind = row->kind >> 4;

	if (kind == UNWIND_FP_AT_CFA && row->fp8 == -2) {
		if (read_user(s, saved, sizeof(saved), cfa - 16))
			return UNWIND_BAD_READ;
		fp = saved[0];
		s->fp_lost = 0;
	} else {
		if (read_user(s, &saved[1], sizeof(saved[1]), cfa - 8))
			return UNWIND_BAD_READ;
		if (kind == UNWIND_FP_AT_CFA) {
			if (read_user(s, &fp, sizeof(fp), cfa + 8 * row->fp8))
				return UNWIND_BAD_READ;
			s->fp_lost = 0;
		} else if (kind == UNWIND_FP_AT_FP && !s->fp_lost) {
			if (read_user(s, &fp, sizeof(fp), s->fp + 8 * row->fp8))
				return UNWIND_BAD_READ;
		} else if (kind == UNWIND_FP_LOST) {
			s->fp_lost = 1;
		}
	}
	s->fp = fp;
	return unwind_to_caller(s, saved[1], cfa);
}

/*
 * Make *s the caller's state.  If the result is not UNWIND_OK the walk is over and
 * *s has no meaning.
 */
static inline enum unwind_result unwind_step(struct unwind_state *s, const struct unwind_row *row)
{
	enum unwind_result result;
	__u64 cfa = 0;

	switch (row->kind & 15) {
	case UNWIND_CFA_NONE:
		return unwind_step_fp(s);
	case UNWIND_CFA_END:
		return UNWIND_END;
	case UNWIND_CFA_SIGNAL:
		return unwind_step_signal(s);
	case UNWIND_CFA_RA_REG:
		return unwind_step_ra_reg(s, row);
	}
	result = unwind_cfa(s, row, &cfa);
	if (result != UNWIND_OK)
		return result;
	return unwind_load(s, row, cfa);
}

#endif /* BPF_UNWIND_STEP_H */
