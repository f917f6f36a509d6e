/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * threads.h - what the kernel says of a thread at this moment.
 *
 * Written by bpf/threads.bpf.c; read by profiler/source/thread_source.c.  The includer supplies
 * the __u32 family.  Rules for this file: those of bpf/sample.h.
 */
#ifndef BPF_THREADS_H
#define BPF_THREADS_H

#include "bpf/unwind_state.h"

#define THREAD_COMM_LEN	  16
#define THREAD_KERNEL_MAX 127 /* frames: kernel.perf_event_max_stack's default */

/* thread_record.state: bits of the kernel's own, as /proc/PID/stat names them. */
#define THREAD_RUNS	    0x00 /* or waits for a CPU */
#define THREAD_SLEEPS	    0x01
#define THREAD_WAITS	    0x02 /* and takes no signal */
#define THREAD_IS_STOPPED   0x04
#define THREAD_IS_TRACED    0x08
#define THREAD_HAS_ENDED    0x30
#define THREAD_STATE_OF_ALL 0x3f

struct thread_record {
	__u32 tid; /* in user space's pid namespace; 0: it has none */
	__u32 state;
	char comm[THREAD_COMM_LEN];
	__u64 fsbase;
	__u64 code_bits; /* of its user code: 64 or 32; 0: it has none */
	struct unwind_state regs;
	__u32 kernel_cnt; /* frames; none of a thread that runs */
	__u32 pad;
	__u64 kernel[THREAD_KERNEL_MAX];
};
_Static_assert(sizeof(struct thread_record) ==
		       48 + sizeof(struct unwind_state) + 8 * THREAD_KERNEL_MAX,
	       "thread_record is wire format");

#endif /* BPF_THREADS_H */
