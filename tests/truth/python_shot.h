/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * python_shot.h - one sample of the truth test of Python: what the walk found, and what the thread
 * itself says in the same tick.  Wire format, see bpf/sample.h.
 */
#ifndef TRUTH_PYTHON_SHOT_H
#define TRUTH_PYTHON_SHOT_H

#include "bpf/sample.h"
#include "bpf/unwind.h"

/* As many frames of the shadow are looked at: the innermost.  One less than a power of two. */
#define PYTHON_SHADOWS 511

struct python_shot {
	__u32 tid;
	__u32 kind; /* enum interpreter_kind; INTERPRETER_NONE: the walk knows of no interpreter */
	__u32 end;  /* enum interpreter_end */
	__u32 cnt;
	__u32 native_end; /* enum unwind_result */
	__u32 native_cnt;
	__u64 depth;		      /* of the shadow */
	__u64 shadow[PYTHON_SHADOWS]; /* its codes; the innermost one is the last that is filled */
	struct interpreter_frame frames[INTERPRETER_FRAMES]; /* the innermost one first */
	__u64 ips[SAMPLE_USER_MAX];			     /* so are the native ones */
};
_Static_assert(sizeof(struct python_shot) ==
		       32 + 8 * (PYTHON_SHADOWS + SAMPLE_USER_MAX) + 16 * INTERPRETER_FRAMES,
	       "python_shot is wire format");

#endif /* TRUTH_PYTHON_SHOT_H */
