// SPDX-License-Identifier: BSD-2-Clause
/* test_unwind_step.c - the kernel program's step, by a row of each kind. */
#include "tests/unit/pretend_stack.h"

#define DEREF(c, a, b)                                                                             \
	{                                                                                          \
		.kind = UNWIND_KIND(UNWIND_CFA_##c, UNWIND_FP_SAME), .deref = {(a), (b) }          \
	}
#define CALLER(s, f)                                                                               \
	{                                                                                          \
		.ip = 0xabc, .sp = (s), .fp = (f), .is_return = 1                                  \
	}

struct step_case {
	const char *name;
	struct unwind_row row;
	struct unwind_state in;
	enum unwind_result want;
	struct { /* only looked at if the walk goes on */
		__u64 ip, sp, fp;
		__u8 fp_lost;
	} out;
	struct put puts[2];
};

static void check_steps(const struct step_case *cases, size_t cnt)
{
	for (const struct step_case *c = cases; c < cases + cnt; c++) {
		struct unwind_state s = c->in;
		enum unwind_result got;

		stack_reset(c->puts, ARRAY_SIZE(c->puts));
		got = unwind_step(&s, &c->row);
		if (got != c->want)
			fail_msg("[%s] result is %d, want %d", c->name, got, c->want);
		if (got != UNWIND_OK)
			continue;
		if (s.ip != c->out.ip || s.sp != c->out.sp || s.fp != c->out.fp ||
		    s.fp_lost != c->out.fp_lost || !s.is_return)
			fail_msg("[%s] ip %llx sp %llx fp %llx lost %d return %d", c->name, s.ip,
				 s.sp, s.fp, s.fp_lost, s.is_return);
	}
}

static void finds_the_cfa(void **state)
{
	static const struct step_case cases[] = {
		{ "at function entry",
		  ROW(RSP, SAME, 8, 0),
		  IN(0xaaa, 0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001000), 0x7001008, 0x77, 0 },
		  { { 0 } } },
		{ "after push rbp",
		  ROW(RSP, AT_CFA, 16, -2),
		  IN(0xaaa, 0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001008), 0x7001010, W(0x7001000), 0 },
		  { { 0 } } },
		{ "by rbp",
		  ROW(RBP, AT_CFA, 16, -2),
		  IN(0xaaa, 0x7001000, 0x7001010),
		  UNWIND_OK,
		  { W(0x7001018), 0x7001020, W(0x7001010), 0 },
		  { { 0 } } },
		{ "rbp saved further down",
		  ROW(RSP, AT_CFA, 56, -6),
		  CALLER(0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001030), 0x7001038, W(0x7001008), 0 },
		  { { 0 } } },
		{ "rbp saved above the CFA",
		  ROW(RSP, AT_CFA, 8, 1),
		  CALLER(0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001000), 0x7001008, W(0x7001010), 0 },
		  { { 0 } } },
		{ "frame of more than 64 KiB",
		  ROW(RSP, SAME, 0x20008, 0),
		  CALLER(STACK - 0x20000, 0x77),
		  UNWIND_OK,
		  { W(0x7001000), 0x7001008, 0x77, 0 },
		  { { 0 } } },
		{ "negative offset from rbp",
		  ROW(RBP, SAME, -8, 0),
		  CALLER(0x7001000, 0x7001018),
		  UNWIND_OK,
		  { W(0x7001008), 0x7001010, 0x7001018, 0 },
		  { { 0 } } },
		{ "PLT entry before its push",
		  ROW(PLT, SAME, 11, 0),
		  IN(0x20a, 0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001000), 0x7001008, 0x77, 0 },
		  { { 0 } } },
		{ "PLT entry behind its push",
		  ROW(PLT, SAME, 11, 0),
		  IN(0x20b, 0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001008), 0x7001010, 0x77, 0 },
		  { { 0 } } },
		{ "the other PLT, behind",
		  ROW(PLT, SAME, 10, 0),
		  IN(0x20a, 0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001008), 0x7001010, 0x77, 0 },
		  { { 0 } } },
		{ "realigned, by rsp",
		  DEREF(DEREF_RSP, 0x10, 8),
		  CALLER(0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001100), 0x7001108, 0x77, 0 },
		  { { 0x7001010, 0x7001100 } } },
		{ "realigned, by rbp",
		  DEREF(DEREF_RBP, -8, 0),
		  CALLER(0x7001000, 0x7001020),
		  UNWIND_OK,
		  { W(0x70010f8), 0x7001100, 0x7001020, 0 },
		  { { 0x7001018, 0x7001100 } } },
		{ "rbp saved in a realigned frame",
		  { .kind = UNWIND_KIND(UNWIND_CFA_DEREF_RBP, UNWIND_FP_AT_FP),
		    .fp8 = 0,
		    .deref = { -8, 0 } },
		  CALLER(0x7001000, 0x7001020),
		  UNWIND_OK,
		  { W(0x70010f8), 0x7001100, W(0x7001020), 0 },
		  { { 0x7001018, 0x7001100 } } },
		{ "rbp saved at an offset from rbp",
		  { .kind = UNWIND_KIND(UNWIND_CFA_RSP, UNWIND_FP_AT_FP), .fp8 = 2, .cfa_off = 8 },
		  CALLER(0x7001000, 0x7001020),
		  UNWIND_OK,
		  { W(0x7001000), 0x7001008, W(0x7001030), 0 },
		  { { 0 } } },
		{ "rbp lost here",
		  ROW(RSP, LOST, 8, 0),
		  CALLER(0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001000), 0x7001008, 0x77, 1 },
		  { { 0 } } },
	};

	check_steps(cases, ARRAY_SIZE(cases));
}

static void knows_when_rbp_is_lost(void **state)
{
#define LOST(s, f)                                                                                 \
	{                                                                                          \
		.ip = 0xabc, .sp = (s), .fp = (f), .is_return = 1, .fp_lost = 1                    \
	}
	static const struct step_case cases[] = {
		{ "not needed: stays lost",
		  ROW(RSP, SAME, 8, 0),
		  LOST(0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001000), 0x7001008, 0x77, 1 },
		  { { 0 } } },
		{ "found again beside the return address",
		  ROW(RSP, AT_CFA, 16, -2),
		  LOST(0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001008), 0x7001010, W(0x7001000), 0 },
		  { { 0 } } },
		{ "found again elsewhere",
		  ROW(RSP, AT_CFA, 24, -3),
		  LOST(0x7001000, 0x77),
		  UNWIND_OK,
		  { W(0x7001010), 0x7001018, W(0x7001000), 0 },
		  { { 0 } } },
		{ "saved at rbp: stays lost",
		  ROW(RSP, AT_FP, 8, 0),
		  LOST(0x7001000, 0x7001020),
		  UNWIND_OK,
		  { W(0x7001000), 0x7001008, 0x7001020, 1 },
		  { { 0 } } },
		{ "needed for the CFA",
		  ROW(RBP, SAME, 16, 0),
		  LOST(0x7001000, 0x7001010),
		  UNWIND_NO_FP,
		  { 0 },
		  { { 0 } } },
		{ "needed for a realigned CFA",
		  DEREF(DEREF_RBP, 0, 0),
		  LOST(0x7001000, 0x7001010),
		  UNWIND_NO_FP,
		  { 0 },
		  { { 0 } } },
		{ "needed as a frame pointer",
		  ROW(NONE, SAME, 0, 0),
		  LOST(0x7001000, 0x7001010),
		  UNWIND_NO_FP,
		  { 0 },
		  { { 0 } } },
	};

	check_steps(cases, ARRAY_SIZE(cases));
}

static void ends_for_a_reason(void **state)
{
	static const struct step_case cases[] = {
		{ "outermost",
		  ROW(END, SAME, 0, 0),
		  CALLER(0x7001000, 0),
		  UNWIND_END,
		  { 0 },
		  { { 0 } } },
		{ "return address 0",
		  ROW(RSP, SAME, 8, 0),
		  CALLER(0x7001000, 0),
		  UNWIND_ZERO_RA,
		  { 0 },
		  { { 0x7001000, 0 } } },
		{ "no row can say",
		  ROW(UNSUP, SAME, 0, 0),
		  CALLER(0x7001000, 0),
		  UNWIND_UNSUP,
		  { 0 },
		  { { 0 } } },
		{ "a kind that is none",
		  { .kind = 15 },
		  CALLER(0x7001000, 0),
		  UNWIND_UNSUP,
		  { 0 },
		  { { 0 } } },
		{ "CFA at sp",
		  ROW(RSP, SAME, 0, 0),
		  CALLER(0x7001008, 0),
		  UNWIND_STUCK,
		  { 0 },
		  { { 0 } } },
		{ "CFA below sp",
		  ROW(RBP, SAME, 16, 0),
		  CALLER(0x7001040, 0x7001010),
		  UNWIND_STUCK,
		  { 0 },
		  { { 0 } } },
		{ "CFA not aligned",
		  ROW(RBP, SAME, 16, 0),
		  CALLER(0x7001000, 0x7001011),
		  UNWIND_STUCK,
		  { 0 },
		  { { 0 } } },
		{ "CFA wraps round",
		  ROW(RSP, SAME, 8, 0),
		  CALLER(~0ULL - 7, 0),
		  UNWIND_STUCK,
		  { 0 },
		  { { 0 } } },
		{ "return address below the stack",
		  ROW(RSP, SAME, 8, 0),
		  CALLER(0x7000ff8, 0),
		  UNWIND_BAD_READ,
		  { 0 },
		  { { 0 } } },
		{ "return address above the stack",
		  ROW(RSP, SAME, 8, 0),
		  CALLER(0x7001200, 0),
		  UNWIND_BAD_READ,
		  { 0 },
		  { { 0 } } },
		{ "return address there, rbp beside it not",
		  ROW(RSP, AT_CFA, 8, -2),
		  CALLER(0x7001000, 0),
		  UNWIND_BAD_READ,
		  { 0 },
		  { { 0 } } },
		{ "return address there, rbp elsewhere not",
		  ROW(RSP, AT_CFA, 8, -3),
		  CALLER(0x7001000, 0),
		  UNWIND_BAD_READ,
		  { 0 },
		  { { 0 } } },
		{ "return address there, rbp at rbp not",
		  ROW(RSP, AT_FP, 8, 0),
		  CALLER(0x7001000, 0x10),
		  UNWIND_BAD_READ,
		  { 0 },
		  { { 0 } } },
		{ "CFA's address not there",
		  DEREF(DEREF_RSP, -8, 0),
		  CALLER(0x7001000, 0),
		  UNWIND_BAD_READ,
		  { 0 },
		  { { 0 } } },
	};

	check_steps(cases, ARRAY_SIZE(cases));
}

static void reads_neighbours_at_once(void **state)
{
	static const struct unwind_row pushed = ROW(RSP, AT_CFA, 16, -2);
	static const struct unwind_row apart = ROW(RSP, AT_CFA, 24, -3);
	struct unwind_state s = IN(0xaaa, 0x7001000, 0);

	stack_reset(NULL, 0);
	assert_int_equal(unwind_step(&s, &pushed), UNWIND_OK);
	assert_int_equal(reads, 1);
	assert_int_equal(unwind_step(&s, &apart), UNWIND_OK);
	assert_int_equal(reads, 3);
}

/* The kernel program reads a row as one little-endian word: the layout is wire format. */
static void rows_have_their_layout(void **state)
{
	const struct unwind_row row = { .pc_lo = 0x1122,
					.kind = UNWIND_KIND(UNWIND_CFA_DEREF_RSP, UNWIND_FP_AT_CFA),
					.fp8 = -2,
					.deref = { 0x3344, 0x5566 } };
	__u64 word;

	memcpy(&word, &row, sizeof(word));
	assert_int_equal(word, 0x55663344fe151122);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_cfa),
		cmocka_unit_test(knows_when_rbp_is_lost),
		cmocka_unit_test(ends_for_a_reason),
		cmocka_unit_test(reads_neighbours_at_once),
		cmocka_unit_test(rows_have_their_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
