// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_unwind_step.c - the kernel program's step over a pretend stack.
 *
 * The stack is 64 words at 0x7001000; the word at address A holds W(A), unless a case
 * puts something else there.  Any other address faults.  The last test takes this
 * process's own stack, instruction by instruction, and libgcc's unwinder as the truth.
 */
#include "symbolize/cfi/ehframe.h"

#include <alloca.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/types.h>

#include <cmocka.h>

#define STACK	   0x7001000ULL
#define STACK_SIZE 0x200ULL
#define W(address) (0x400000 + (address))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static __u64 stack[STACK_SIZE / 8];
static unsigned int reads;
static bool is_live; /* the stack is this process's own */

struct unwind_state;

static int read_user(struct unwind_state *s, void *dst, __u32 size, __u64 addr)
{
	struct iovec to = { dst, size }, from = { (void *)addr, size };

	(void)s;
	if (is_live) /* by a system call, as it must not fault */
		return process_vm_readv(getpid(), &to, 1, &from, 1, 0) != (ssize_t)size;
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
#define DEREF(c, a, b)                                                                             \
	{                                                                                          \
		.kind = UNWIND_KIND(UNWIND_CFA_##c, UNWIND_FP_SAME), .deref = {(a), (b) }          \
	}
#define BY_REG(c, n, o)                                                                            \
	{                                                                                          \
		.kind = UNWIND_KIND(UNWIND_CFA_##c, UNWIND_FP_SAME),                               \
		.reg = {.num = (n),                                                                \
			.off = (o) }                                                               \
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

#define IN(i, s, f)                                                                                \
	{                                                                                          \
		.ip = (i), .sp = (s), .fp = (f)                                                    \
	}
#define CALLER(s, f)                                                                               \
	{                                                                                          \
		.ip = 0xabc, .sp = (s), .fp = (f), .is_return = 1                                  \
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

/* ---- this process ---- */

_Static_assert((int)UNWIND_CFA_CNT == (int)EHFRAME_CFA_CNT &&
		       (int)UNWIND_CFA_UNSUP == (int)EHFRAME_CFA_UNSUP &&
		       (int)UNWIND_FP_CNT == (int)EHFRAME_FP_CNT,
	       "the parser's numbers are the wire's");

#define FRAMES_MAX   64
#define MODULES_MAX  64	  /* some twenty, with the sanitizers' */
#define INSTRUCTIONS 6000 /* of `work` that are looked at: all of them and more */

static struct module {
	uint64_t bias;
	struct ehframe_table *table;
} modules[MODULES_MAX];
static size_t module_cnt;

static struct live {
	volatile sig_atomic_t on, steps, wrong;
	uint64_t ip; /* interrupted, of the first wrong walk */
	enum unwind_result result;
	unsigned char kinds[UNWIND_CFA_CNT];
} live;

static int module_add(struct dl_phdr_info *info, size_t size, void *ctx)
{
	const char *path = *info->dlpi_name ? info->dlpi_name : "/proc/self/exe";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(module_cnt < MODULES_MAX);
	modules[module_cnt].bias = info->dlpi_addr;
	if (!ehframe_load(fd, &modules[module_cnt].table))
		module_cnt++;
	if (fd >= 0)
		close(fd);
	return 0;
}

/* The row that holds VADDR, or NULL below the first; a NONE row in a gap. */
static const struct ehframe_row *find_row(const struct ehframe_table *table, uint64_t vaddr)
{
	size_t lo = 0, hi = table->row_cnt, mid;

	while (lo < hi) { /* lo: the first row above vaddr */
		mid = lo + (hi - lo) / 2;
		if (table->rows[mid].vaddr <= vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &table->rows[lo - 1] : NULL;
}

/* The row of IP in wire form; a NONE row if there is no CFI. */
static struct unwind_row live_row(uint64_t ip)
{
	const struct ehframe_row *r;

	for (size_t i = 0; i < module_cnt; i++) {
		r = find_row(modules[i].table, ip - modules[i].bias);
		if (r && r->cfa != EHFRAME_CFA_NONE)
			return (struct unwind_row){ .kind = UNWIND_KIND(r->cfa, r->fp),
						    .fp8 = (__s8)(r->fp_off / 8),
						    .cfa_off = r->cfa_off };
	}
	return (struct unwind_row){ 0 };
}

static enum unwind_result live_walk(struct unwind_state *s, void **ips, size_t *cnt)
{
	enum unwind_result result = UNWIND_OK;
	struct unwind_row row;

	for (*cnt = 0; *cnt < FRAMES_MAX && result == UNWIND_OK; ++*cnt) {
		ips[*cnt] = (void *)s->ip;
		row = live_row(unwind_lookup_ip(s));
		live.kinds[row.kind & 15] = 1;
		result = unwind_step(s, &row);
	}
	return result;
}

/* From here, through the trampoline, to what was interrupted and on to _start. */
static void on_instruction(int sig, siginfo_t *info, void *context)
{
	void *truth[FRAMES_MAX], *ips[FRAMES_MAX];
	ucontext_t *interrupted = context, here;
	size_t truth_cnt = (size_t)backtrace(truth, FRAMES_MAX), cnt, skip = 0;
	struct unwind_state s = { 0 };
	enum unwind_result result;

	getcontext(&here);
	s.ip = (__u64)here.uc_mcontext.gregs[REG_RIP];
	s.sp = (__u64)here.uc_mcontext.gregs[REG_RSP];
	s.fp = (__u64)here.uc_mcontext.gregs[REG_RBP];
	result = live_walk(&s, ips, &cnt);

	/* backtrace() begins here too, or with a sanitizer's wrapper above. */
	while (skip < truth_cnt && cnt > 1 && truth[skip] != ips[1])
		skip++;
	if (result != UNWIND_END || truth_cnt - skip != cnt - 1 ||
	    memcmp(truth + skip, ips + 1, (cnt - 1) * sizeof(*ips))) {
		if (!live.wrong++) {
			live.ip = (uint64_t)interrupted->uc_mcontext.gregs[REG_RIP];
			live.result = result;
		}
	}
	if (live.on && ++live.steps < INSTRUCTIONS)
		interrupted->uc_mcontext.gregs[REG_EFL] |= 0x100; /* TF: a trap per instruction */
	else
		interrupted->uc_mcontext.gregs[REG_EFL] &= ~0x100LL;
}

static int compare(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A realigned frame whose size is not known: no offset from RSP finds the CFA. */
static __attribute__((noinline)) int realigned(int size, int a, int b, int c, int d, int e, int f)
{
	int vector[16] __attribute__((aligned(64))) = { a, b, c, d, e, f };
	char *text = alloca((size_t)size);

	qsort(vector, 6, sizeof(*vector), compare);
	return snprintf(text, (size_t)size, "%d %s", vector[5], "text");
}

static __attribute__((noinline)) int recurse(int depth)
{
	return depth ? recurse(depth - 1) + depth : realigned(40, 5, 3, 4, 1, 2, 0);
}

static void walks_this_process_at_every_instruction(void **state)
{
	struct sigaction action = { .sa_sigaction = on_instruction, .sa_flags = SA_SIGINFO }, old;

	is_live = true;
	dl_iterate_phdr(module_add, NULL);
	assert_int_equal(sigaction(SIGTRAP, &action, &old), 0);
	/* Once before: lazy binding has a frame by RBX that only the innermost can be. */
	recurse(3);
	raise(SIGTRAP);
	assert_int_equal(live.wrong, 0);

	live.on = 1;
	raise(SIGTRAP);
	recurse(3);
	live.on = 0;
	raise(SIGTRAP);
	is_live = false;
	sigaction(SIGTRAP, &old, NULL);
	for (size_t i = 0; i < module_cnt; i++)
		ehframe_free(modules[i].table);

	if (live.wrong)
		fail_msg("%d of %d walks wrong, the first at %#lx: result %d", (int)live.wrong,
			 (int)live.steps, (long)live.ip, live.result);
	assert_true(live.steps > 500);
	assert_true(live.kinds[UNWIND_CFA_RSP] && live.kinds[UNWIND_CFA_SIGNAL] &&
		    live.kinds[UNWIND_CFA_END]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_cfa),
		cmocka_unit_test(knows_when_rbp_is_lost),
		cmocka_unit_test(ends_for_a_reason),
		cmocka_unit_test(walks_frame_pointers),
		cmocka_unit_test(a_looping_chain_ends),
		cmocka_unit_test(uses_other_registers_while_nobody_may_have_saved_them),
		cmocka_unit_test(leaves_a_signal_handler),
		cmocka_unit_test(reads_neighbours_at_once),
		cmocka_unit_test(rows_have_their_layout),
		cmocka_unit_test(walks_this_process_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
