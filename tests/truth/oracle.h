/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oracle.h - the stack of a stopped thread as elfutils' libdwfl unwinds it.
 *
 * Source:    ptrace and /proc, by libdwfl itself.
 * Units:     ips as they are; a return address is the one after its call.
 * Ownership: the caller's struct is filled; nothing is kept between calls.
 * Errors:    0 or a negative errno.
 */
#ifndef TRUTH_ORACLE_H
#define TRUTH_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ORACLE_FRAMES_MAX 1024
#define ORACLE_FILE_LEN	  32

/* What libdwfl had to undo a frame with. */
enum oracle_cfi {
	ORACLE_NO_CFI, /* the frame pointer, which it does not doubt */
	ORACLE_EH_FRAME,
	ORACLE_EH_FRAME_REG, /* the CFA is by neither RSP nor RBP */
	ORACLE_DEBUG_FRAME,
};

struct oracle_frame {
	uint64_t ip, sp;
	bool exact;   /* "activation": no return address */
	bool is_code; /* ip is in an executable mapping */
	enum oracle_cfi cfi;
	char file[ORACLE_FILE_LEN];
	uint64_t vaddr;
};

struct oracle_stack {
	struct oracle_frame frames[ORACLE_FRAMES_MAX];
	size_t cnt;
	const char *error; /* NULL: libdwfl came to an end it is content with */
	enum oracle_help {
		ORACLE_UNHELPED,
		ORACLE_RETURNED, /* by oracle_unwind_returned() */
		ORACLE_SIGNAL,	 /* by oracle_unwind_signal() */
	} help;
	/* The chain of frame pointers from the last frame on, checked by nothing. */
	uint64_t chain[ORACLE_FRAMES_MAX];
	size_t chain_cnt;
};

/* The thread TID of the stopped process PID; it is stopped afterwards, too. */
int oracle_unwind(pid_t pid, pid_t tid, struct oracle_stack *out);

/*
 * For an innermost frame without CFI, after oracle_unwind(): frames 1.. become what
 * libdwfl makes of the stack when it is told that the word at RSP is the return
 * address; none, if that is 0.  REGS: the thread's, in the order of struct pt_regs.
 */
int oracle_unwind_returned(pid_t pid, pid_t tid, const uint64_t *regs, struct oracle_stack *out);

/*
 * For a signal trampoline that has no CFI to say so: frame AT must be at its code.  The
 * frames behind it become what libdwfl makes of the registers in the kernel's
 * rt_sigframe.  -ENOENT: it is not at such code.
 */
int oracle_unwind_signal(pid_t pid, pid_t tid, size_t at, struct oracle_stack *out);

#endif /* TRUTH_ORACLE_H */
