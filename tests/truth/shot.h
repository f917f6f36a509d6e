/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * shot.h - one sample of the truth test: what the walk in the kernel found, and
 * the thread that stands still at that state.  Wire format, see bpf/sample.h.
 */
#ifndef TRUTH_SHOT_H
#define TRUTH_SHOT_H

#include "bpf/sample.h"
#include "bpf/unwind.h"

/* Which samples count: the values of the `want` setting. */
#define SHOT_USER   1 /* the thread was in user code */
#define SHOT_KERNEL 2 /* in the kernel on its behalf */

/* In struct pt_regs. */
#define SHOT_REG_IP  16
#define SHOT_REG_SP  19
#define SHOT_REG_CNT 21

struct truth_shot {
	__u32 tid;
	__u32 mode;   /* SHOT_USER or SHOT_KERNEL */
	__u32 result; /* enum unwind_result */
	__u32 cnt;
	__s64 signal_err;	       /* of bpf_send_signal_thread(): 0, or the thread goes on */
	struct unwind_process process; /* what the walk knew of the mappings */
	__u64 regs[SHOT_REG_CNT];      /* of the innermost frame, as struct pt_regs has them */
	__u64 ips[SAMPLE_USER_MAX];
};
_Static_assert(sizeof(struct truth_shot) == 40 + 8 * (SHOT_REG_CNT + SAMPLE_USER_MAX),
	       "truth_shot is wire format");

#endif /* TRUTH_SHOT_H */
