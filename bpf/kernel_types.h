/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_types.h - the few kernel types that the programs touch, so that building
 * needs no BTF of the build machine.  x86-64 only.
 *
 * Source: arch/x86/include/asm/ptrace.h; the order is ABI (ptrace, core files), as is
 * that the context of a perf_event program begins with them (uapi/linux/bpf_perf_event.h).
 */
#ifndef BPF_KERNEL_TYPES_H
#define BPF_KERNEL_TYPES_H

struct pt_regs {
	__u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	__u64 orig_ax, ip, cs, flags, sp, ss;
};

/* The context of a perf_event program: what the tick interrupted. */
struct tick {
	struct pt_regs regs;
};

/* Code segment (16 bits of cs) of 64-bit user code; 32-bit code has 0x23. */
#define USER_CS 0x33

#endif /* BPF_KERNEL_TYPES_H */
