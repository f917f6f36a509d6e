// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_unwind_chain.c - what a step of the kernel program leaves to the next one: a chain of frame
 * pointers, and registers, after a signal all of them.
 */
#include "tests/unit/pretend_stack.h"

static void walks_frame_pointers(void **state)
{
	static const struct unwind_row none = { 0 };
	static const struct {
		const char *name;
		__u64 sp, fp;
		enum unwind_result want;
		struct put put;
	} cases[] = {
		{ "a frame", 0x7001000, 0x7001010, UNWIND_OK, { 0 } },
		{ "a frame at sp", 0x7001010, 0x7001010, UNWIND_OK, { 0 } },
		{ "the largest frame", 0x7001010 - UNWIND_FP_REACH, 0x7001010, UNWIND_OK, { 0 } },
		{ "a frame too large",
		  0x7001008 - UNWIND_FP_REACH,
		  0x7001010,
		  UNWIND_BAD_FP,
		  { 0 } },
		{ "below sp", 0x7001018, 0x7001010, UNWIND_BAD_FP, { 0 } },
		{ "not aligned", 0x7001000, 0x7001011, UNWIND_BAD_FP, { 0 } },
		{ "the end of the chain", 0x7001000, 0, UNWIND_FP_END, { 0 } },
		{ "no return address", 0x7001000, 0x7001010, UNWIND_FP_END, { 0x7001018, 0 } },
		{ "not readable", 0x7001000, 0x70011f8, UNWIND_BAD_READ, { 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct unwind_state s = IN(0xaaa, cases[i].sp, cases[i].fp);
		enum unwind_result got;

		stack_reset(&cases[i].put, 1);
		got = unwind_step(&s, &none);
		if (got != cases[i].want)
			fail_msg("[%s] result is %d, want %d", cases[i].name, got, cases[i].want);
		if (got != UNWIND_OK)
			continue;
		if (s.ip != W(0x7001018) || s.sp != 0x7001020 || s.fp != W(0x7001010) ||
		    !s.is_return)
			fail_msg("[%s] ip %llx sp %llx fp %llx", cases[i].name, s.ip, s.sp, s.fp);
	}
}

/* Each step sees what the one before left: a loop in the chain has to end. */
static void a_looping_chain_ends(void **state)
{
	static const struct put puts[] = { { 0x7001010, 0x7001030 }, { 0x7001030, 0x7001010 } };
	static const struct unwind_row none = { 0 };
	struct unwind_state s = IN(0xaaa, 0x7001000, 0x7001010);

	stack_reset(puts, ARRAY_SIZE(puts));
	assert_int_equal(unwind_step(&s, &none), UNWIND_OK);
	assert_int_equal(unwind_step(&s, &none), UNWIND_OK);
	assert_int_equal(unwind_step(&s, &none), UNWIND_BAD_FP);
}

static void uses_other_registers_while_nobody_may_have_saved_them(void **state)
{
	/* DWARF's numbers, in DWARF's order: System V ABI x86-64, figure 3.36. */
	static const enum unwind_greg dwarf[] = {
		UNWIND_RAX, UNWIND_RDX, UNWIND_RCX, UNWIND_RBX, UNWIND_RSI, UNWIND_RDI,
		UNWIND_RBP, UNWIND_RSP, UNWIND_R8,  UNWIND_R9,	UNWIND_R10, UNWIND_R11,
		UNWIND_R12, UNWIND_R13, UNWIND_R14, UNWIND_R15,
	};

	/* Those that a function may change as it likes: figure 3.4. */
	static const bool scratch[ARRAY_SIZE(dwarf)] = {
		[0] = true, [1] = true, [2] = true,  [4] = true,  [5] = true,
		[8] = true, [9] = true, [10] = true, [11] = true,
	};

	for (__u16 n = 0; n < ARRAY_SIZE(dwarf); n++) {
		struct unwind_row by_reg = BY_REG(REG, n, 16), ra_reg = BY_REG(RA_REG, n, 8);
		struct unwind_state in = IN(0xaaa, 0x7001000, 0x77), s;

		stack_reset(NULL, 0);
		in.greg[dwarf[n]] = 0x7001080;
		s = in;
		assert_int_equal(unwind_step(&s, &by_reg), UNWIND_OK);
		assert_int_equal(s.ip, W(0x7001088));
		assert_int_equal(s.sp, 0x7001090);
		/* In the caller: still what it was, or saved somewhere in between. */
		s.greg[dwarf[n]] = 0x70010a0;
		assert_int_equal(unwind_step(&s, &by_reg), scratch[n] ? UNWIND_OK : UNWIND_NO_REG);

		s = in;
		reads = 0;
		assert_int_equal(unwind_step(&s, &ra_reg), UNWIND_OK);
		assert_int_equal(s.ip, 0x7001080);
		assert_int_equal(s.sp, 0x7001008);
		assert_int_equal(s.fp, 0x77);
		assert_int_equal(reads, 0);
		assert_int_equal(unwind_step(&s, &ra_reg), UNWIND_NO_REG);
	}
}

static void leaves_a_signal_handler(void **state)
{
	static const struct unwind_row signal = { .kind = UNWIND_CFA_SIGNAL };
	static const struct unwind_row by_r10 = BY_REG(REG, 10, 0);
	const __u64 context = 0x7001008 + UNWIND_SIGCONTEXT;
	/* The interrupted code was on a stack below: the handler's is a sigaltstack. */
	struct put puts[] = {
		{ context + 8 * UNWIND_RSP, 0x7001000 },
		{ context + 8 * UNWIND_RBP, 0x7001234 },
		{ context + 8 * UNWIND_R10, 0x7001100 },
		{ context + 8 * UNWIND_GREG_CNT, 0x5555 },
	};
	struct unwind_state s = {
		.ip = 0x999, .sp = 0x7001008, .fp = 1, .is_return = 1, .fp_lost = 1
	};

	stack_reset(puts, ARRAY_SIZE(puts));
	/* Its ip is the trampoline's first instruction, though its row is found before. */
	assert_true(unwind_is_exact(&s, &signal));
	assert_false(unwind_is_exact(&s, &by_r10));
	assert_int_equal(unwind_lookup_ip(&s), 0x998);
	assert_int_equal(unwind_step(&s, &signal), UNWIND_OK);
	assert_true(unwind_is_exact(&s, &by_r10));
	assert_int_equal(s.ip, 0x5555);
	assert_int_equal(s.sp, 0x7001000);
	assert_int_equal(s.fp, 0x7001234);
	assert_false(s.is_return);
	assert_false(s.fp_lost);
	assert_int_equal(unwind_lookup_ip(&s), 0x5555);

	/* Interrupted means that all its registers are known. */
	assert_int_equal(unwind_step(&s, &by_r10), UNWIND_OK);
	assert_int_equal(s.ip, W(0x70010f8));
	assert_int_equal(unwind_lookup_ip(&s), W(0x70010f8) - 1);

	puts[3].word = 0;
	stack_reset(puts, ARRAY_SIZE(puts));
	s.sp = 0x7001008;
	assert_int_equal(unwind_step(&s, &signal), UNWIND_ZERO_RA);
	/* The context's last word that matters is its ip: one byte less is not enough. */
	s.sp = STACK + STACK_SIZE - UNWIND_SIGCONTEXT - 8 * UNWIND_GREG_CNT - 8;
	assert_int_equal(unwind_step(&s, &signal), UNWIND_OK);
	s.sp = STACK + STACK_SIZE - UNWIND_SIGCONTEXT - 8 * UNWIND_GREG_CNT;
	assert_int_equal(unwind_step(&s, &signal), UNWIND_BAD_READ);
	s.sp = 0;
	assert_int_equal(unwind_step(&s, &signal), UNWIND_BAD_READ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_frame_pointers),
		cmocka_unit_test(a_looping_chain_ends),
		cmocka_unit_test(uses_other_registers_while_nobody_may_have_saved_them),
		cmocka_unit_test(leaves_a_signal_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
