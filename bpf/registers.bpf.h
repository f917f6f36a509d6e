/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * registers.bpf.h - the registers of user code, as a walk begins with them.
 */
#ifndef BPF_REGISTERS_BPF_H
#define BPF_REGISTERS_BPF_H

#include "bpf/kernel_types.h"
#include "bpf/unwind_state.h"

/* REGS is memory of ours, or of the program's context. */
static __always_inline void set_registers(struct unwind_state *s, const struct pt_regs *regs)
{
	s->ip = regs->ip;
	s->sp = regs->sp;
	s->fp = regs->bp;
	s->is_return = 0;
	s->fp_lost = 0;
	s->greg[UNWIND_R8] = regs->r8;
	s->greg[UNWIND_R9] = regs->r9;
	s->greg[UNWIND_R10] = regs->r10;
	s->greg[UNWIND_R11] = regs->r11;
	s->greg[UNWIND_R12] = regs->r12;
	s->greg[UNWIND_R13] = regs->r13;
	s->greg[UNWIND_R14] = regs->r14;
	s->greg[UNWIND_R15] = regs->r15;
	s->greg[UNWIND_RDI] = regs->di;
	s->greg[UNWIND_RSI] = regs->si;
	s->greg[UNWIND_RBP] = regs->bp;
	s->greg[UNWIND_RBX] = regs->bx;
	s->greg[UNWIND_RDX] = regs->dx;
	s->greg[UNWIND_RAX] = regs->ax;
	s->greg[UNWIND_RCX] = regs->cx;
	s->greg[UNWIND_RSP] = regs->sp;
}

#endif /* BPF_REGISTERS_BPF_H */
