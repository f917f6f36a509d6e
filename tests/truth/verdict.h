/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict.h - is our stack of a stopped thread the true one?
 *
 * libdwfl's stack is, but where it has no CFI: there it takes RBP for a frame
 * pointer, whatever is in it, and so does a walk by tables, within reason.  Every
 * verdict but WRONG says what exactly was demanded of such a stack instead.
 */
#ifndef TRUTH_VERDICT_H
#define TRUTH_VERDICT_H

#include <linux/types.h>
#include "tests/truth/oracle.h"
#include "tests/truth/shot.h"

enum verdict {
	/* The same frames, no more and no fewer, each exact or not on both sides. */
	VERDICT_EQUAL,
	/* SAMPLE_USER_MAX equal frames, TOO_DEEP, and libdwfl has more. */
	VERDICT_CUT,
	/*
	 * Equal up to libdwfl's last frame, and libdwfl gave up there: the rest of ours
	 * is what the chain of frame pointers has from that frame on.
	 */
	VERDICT_BEYOND,
	/*
	 * Equal up to our last frame.  That is code without CFI whose RBP we do not
	 * believe (UNWIND_BAD_FP, UNWIND_FP_END), or RBP led to memory that is no code or no memory
	 * (UNWIND_NO_MAPPING, UNWIND_BAD_READ); libdwfl goes on by the same RBP all the same.
	 */
	VERDICT_NO_CFI,
	/*
	 * Equal up to our last frame, whose return address is no address of code (UNWIND_NO_MAPPING)
	 * or whose CFA is below its stack pointer (UNWIND_STUCK).  libdwfl's next frame is at an
	 * address that is no code either: the caller is not to be found.  Go's systemstack()
	 * and mcall() run on a stack with nothing above them; libgcc, when it delivers an
	 * exception, overwrites the registers that its own frame saved.
	 */
	VERDICT_NO_CODE,
	/*
	 * Equal up to our last frame, which is not the innermost and has its CFA by a
	 * register that is only known in the innermost one (UNWIND_NO_REG); libdwfl confirms
	 * that the CFA is neither by RSP nor by RBP.  Or it is the resolver's, and the
	 * innermost one had not yet saved the register.
	 */
	VERDICT_NO_REG,
	/*
	 * The innermost frame has no CFI, and libdwfl's guess is not ours.  Told that RSP
	 * points at the return address, it has the same frames as we: the C library leaves
	 * out the few instructions around its clone system calls, whose child has none.
	 */
	VERDICT_RETURNED,
	/*
	 * libdwfl goes through a signal trampoline without CFI that says so (Go, musl) as
	 * through any function.  Given the registers that the signal saved, it has the same
	 * frames as we.
	 */
	VERDICT_SIGNAL,
	/* Not a stop: the code was mapped after the program had been told of the mappings. */
	VERDICT_LATE,
	/*
	 * Not a stop: a system call (rt_sigreturn, execve) or a signal gave the thread
	 * other registers while it was in the kernel.
	 */
	VERDICT_MOVED,
	VERDICT_WRONG,
	VERDICT_CNT,
};

/*
 * *AT: the first frame that differs.  RETURNED and SIGNAL if ORACLE had that help; LATE is
 * the caller's to find out.
 */
enum verdict verdict_of(const struct truth_shot *ours, const struct oracle_stack *oracle,
			size_t *at);

const char *verdict_name(enum verdict verdict);

#endif /* TRUTH_VERDICT_H */
