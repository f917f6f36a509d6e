/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pretend_stack.h - the kernel program's step over a pretend stack.
 *
 * The stack is 64 words at 0x7001000; the word at address A holds W(A), unless a case
 * puts something else there.  Any other address faults.
 */
#ifndef TESTS_UNIT_PRETEND_STACK_H
#define TESTS_UNIT_PRETEND_STACK_H

#include <stdbool.h>
#include <string.h>

#include <linux/types.h>

#include "tests/unit/row.h"

#define STACK	   0x7001000ULL
#define STACK_SIZE 0x200ULL
#define W(address) (0x400000 + (address))

static __u64 stack[STACK_SIZE / 8];
static unsigned int reads;

struct unwind_state;

static int read_user(struct unwind_state *s, void *dst, __u32 size, __u64 addr)
{
	(void)s;
	reads++;
	if (addr < STACK || addr > STACK + STACK_SIZE - size)
		return -14;
	memcpy(dst, (char *)stack + (addr - STACK), size);
	return 0;
}

#include "bpf/unwind_step.h"

struct put {
	__u64 at, word;
};

static void stack_reset(const struct put *puts, size_t cnt)
{
	for (size_t i = 0; i < ARRAY_SIZE(stack); i++)
		stack[i] = W(STACK + 8 * i);
	for (size_t i = 0; i < cnt && puts[i].at; i++)
		stack[(puts[i].at - STACK) / 8] = puts[i].word;
	reads = 0;
}

#define ROW(c, f, off, at8)                                                                        \
	{                                                                                          \
		.kind = UNWIND_KIND(UNWIND_CFA_##c, UNWIND_FP_##f), .cfa_off = (off), .fp8 = (at8) \
	}
#define BY_REG(c, n, o)                                                                            \
	{                                                                                          \
		.kind = UNWIND_KIND(UNWIND_CFA_##c, UNWIND_FP_SAME),                               \
		.reg = {.num = (n),                                                                \
			.off = (o) }                                                               \
	}

#define IN(i, s, f)                                                                                \
	{                                                                                          \
		.ip = (i), .sp = (s), .fp = (f)                                                    \
	}

#endif /* TESTS_UNIT_PRETEND_STACK_H */
