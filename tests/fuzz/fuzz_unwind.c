// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_unwind.c - any bytes are registers, a stack, and the rows for what is on it: a walk
 * reads that stack and nothing else, moves up, and ends.
 */
#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sample.h"
#include "bpf/unwind.h"

#define STACK 0x7ffc00000000ULL
#define ROWS  16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *stack;
static size_t stack_size;

static int read_user(struct unwind_state *s, void *dst, __u32 size, __u64 addr)
{
	__u64 off = addr - STACK;

	if (off > stack_size || stack_size - off < size)
		return -1;
	memcpy(dst, stack + off, size);
	return 0;
}

#include "bpf/unwind_step.h"
#include "tests/fuzz/check.h"

struct input {
	struct unwind_row rows[ROWS];
	struct unwind_state state;
};

/* Any row that the tables may have. */
static struct unwind_row row_of(const struct input *in, __u64 ip)
{
	struct unwind_row row = in->rows[ip % ROWS];

	row.kind = (__u8)UNWIND_KIND(row.kind % 16 % UNWIND_CFA_CNT, row.kind / 16 % UNWIND_FP_CNT);
	return row;
}

static void walk(struct input *in)
{
	struct unwind_state *s = &in->state;

	for (int i = 0; i < SAMPLE_USER_MAX; i++) {
		struct unwind_row row = row_of(in, unwind_lookup_ip(s));
		__u32 kind = row.kind & 15;
		__u64 sp = s->sp;
		__u8 was_return = s->is_return;
		enum unwind_result result = unwind_step(s, &row);

		check(result < UNWIND_RESULT_CNT);
		if (result != UNWIND_OK)
			return;
		check(s->ip && s->is_return == (kind != UNWIND_CFA_SIGNAL) && s->fp_lost <= 1);
		check(kind == UNWIND_CFA_SIGNAL || kind == UNWIND_CFA_RA_REG || s->sp > sp);
		check(kind != UNWIND_CFA_RA_REG || !was_return);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;

	if (size < sizeof(in))
		return 0;
	memcpy(&in, data, sizeof(in));
	stack = data + sizeof(in);
	stack_size = size - sizeof(in);
	/* Near the stack, or nothing is ever read. */
	in.state.sp = STACK + in.state.sp % (stack_size + 64);
	in.state.fp = STACK + in.state.fp % (stack_size + 64);
	in.state.is_return &= 1;
	in.state.fp_lost &= 1;
	walk(&in);
	return 0;
}
