// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_verdict.c - what the truth test accepts, and above all what it does not.
 *
 * A stack is a word a frame: the address, '!' if it is exact, and of libdwfl's
 * frames how each was undone: e by .eh_frame, r by a register, - without CFI; x is
 * an address that is no code.
 */
#include "tests/truth/verdict.h"

#include "tests/unit/row.h"

#include <stdlib.h>
#include <string.h>

static void parse_ours(const char *text, struct truth_shot *shot)
{
	char *end;

	for (shot->cnt = 0; *text; text = end + strspn(end, "! ")) {
		uint64_t ip = strtoull(text, &end, 16);

		shot->ips[shot->cnt++] = ip | (*end == '!' ? SAMPLE_IP_EXACT : 0);
	}
	shot->regs[SHOT_REG_IP] = shot->ips[0] & ~SAMPLE_IP_EXACT;
	shot->regs[SHOT_REG_SP] = 0x5000;
}

static void parse_oracle(const char *text, struct oracle_stack *stack)
{
	for (stack->cnt = 0; *text; text += strcspn(text, " "), text += strspn(text, " ")) {
		struct oracle_frame *frame = &stack->frames[stack->cnt++];
		size_t len = strcspn(text, " ");

		frame->ip = strtoull(text, NULL, 16);
		frame->exact = memchr(text, '!', len);
		frame->is_code = !memchr(text, 'x', len);
		frame->cfi = memchr(text, 'r', len)   ? ORACLE_EH_FRAME_REG
			     : memchr(text, '-', len) ? ORACLE_NO_CFI
						      : ORACLE_EH_FRAME;
	}
	stack->frames[0].sp = 0x5000;
}

static void judges_a_stack(void **state)
{
	static const struct {
		const char *name, *ours, *oracle;
		enum unwind_result result;
		enum verdict want;
		const char *error, *chain;
		__u32 mode;
		enum oracle_help help;
	} rows[] = {
		{ "the same", "10! 20 30", "10! 20 30", UNWIND_END, .want = VERDICT_EQUAL },
		{ "the same, with a trampoline", "10! 20! 30!", "10! 20! 30!", UNWIND_END,
		  .want = VERDICT_EQUAL },
		{ "the same by another way", "10! 20", "10! 20", UNWIND_END, VERDICT_RETURNED,
		  .help = ORACLE_RETURNED },
		{ "the same behind a signal", "10! 20! 30!", "10! 20! 30!", UNWIND_END,
		  VERDICT_SIGNAL, .help = ORACLE_SIGNAL },
		{ "another address", "10! 21 30", "10! 20 30", UNWIND_END, .want = VERDICT_WRONG },
		{ "exact, and should not be", "10! 20! 30", "10! 20 30", UNWIND_END,
		  .want = VERDICT_WRONG },
		{ "not exact, and should be", "10! 20 30", "10! 20! 30", UNWIND_END,
		  .want = VERDICT_WRONG },
		{ "a frame is missing inside", "10! 30", "10! 20 30", UNWIND_END,
		  .want = VERDICT_WRONG },
		{ "the end is missing", "10! 20", "10! 20 30", UNWIND_END, .want = VERDICT_WRONG },
		{ "nothing at all", "", "10! 20", UNWIND_NO_MAPPING, .want = VERDICT_WRONG },
		{ "too deep, but not deep", "10! 20", "10! 20 30", UNWIND_TOO_DEEP,
		  .want = VERDICT_WRONG },
		{ "a frame too many, and libdwfl is content", "10! 20 30", "10! 20", UNWIND_END,
		  .want = VERDICT_WRONG },
		{ "beyond libdwfl, as the chain says", "10! 20 30 40", "10! 20-", UNWIND_END,
		  VERDICT_BEYOND, .error = "no", .chain = "30 40 50" },
		{ "beyond libdwfl, another chain", "10! 20 30 41", "10! 20-", UNWIND_END,
		  VERDICT_WRONG, .error = "no", .chain = "30 40 50" },
		{ "beyond libdwfl and the chain", "10! 20 30", "10! 20-", UNWIND_END, VERDICT_WRONG,
		  .error = "no", .chain = "" },
		{ "RBP is no frame pointer", "10! 20", "10! 20- 30", UNWIND_BAD_FP,
		  .want = VERDICT_NO_CFI },
		{ "so we say, but there is CFI", "10! 20", "10! 20 30", UNWIND_BAD_FP,
		  .want = VERDICT_WRONG },
		{ "a mapping we do not know", "10! 20", "10! 20 30", UNWIND_NO_MAPPING,
		  .want = VERDICT_WRONG },
		{ "a caller that is no code", "10! 20", "10! 20 30x", UNWIND_NO_MAPPING,
		  .want = VERDICT_NO_CODE },
		{ "no CFA, and no caller", "10! 20", "10! 20 30x 40x", UNWIND_STUCK,
		  .want = VERDICT_NO_CODE },
		{ "no CFA, and a caller", "10! 20", "10! 20 30", UNWIND_STUCK,
		  .want = VERDICT_WRONG },
		{ "a register of an inner frame", "10! 20", "10! 20r 30", UNWIND_NO_REG,
		  .want = VERDICT_NO_REG },
		{ "so we say, but it is by RSP", "10! 20", "10! 20 30", UNWIND_NO_REG,
		  .want = VERDICT_WRONG },
		{ "RBP that we lost", "10! 20", "10! 20 30", UNWIND_NO_FP, .want = VERDICT_WRONG },
		{ "a rule that a row cannot have", "10! 20", "10! 20 30", UNWIND_UNSUP,
		  .want = VERDICT_WRONG },
		{ "registers set by a system call", "10! 20", "18! 28", UNWIND_END, VERDICT_MOVED,
		  .mode = SHOT_KERNEL },
		{ "user code cannot move", "10! 20", "18! 28", UNWIND_END, .want = VERDICT_WRONG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct truth_shot *shot = calloc(1, sizeof(*shot));
		struct oracle_stack *oracle = calloc(1, sizeof(*oracle));
		const char *chain = rows[i].chain ? rows[i].chain : "";
		size_t at;
		char *end;

		assert_non_null(shot);
		assert_non_null(oracle);
		shot->mode = rows[i].mode ? rows[i].mode : SHOT_USER;
		shot->result = rows[i].result;
		parse_ours(rows[i].ours, shot);
		parse_oracle(rows[i].oracle, oracle);
		oracle->error = rows[i].error;
		oracle->help = rows[i].help;
		for (; *chain; chain = end + strspn(end, " "))
			oracle->chain[oracle->chain_cnt++] = strtoull(chain, &end, 16);
		ROW_EQUAL(rows[i].name, verdict_of(shot, oracle, &at), rows[i].want);
		free(shot);
		free(oracle);
	}
}

static void a_stack_is_cut_at_the_limit_alone(void **state)
{
	struct truth_shot *shot = calloc(1, sizeof(*shot));
	struct oracle_stack *oracle = calloc(1, sizeof(*oracle));
	size_t at;

	assert_non_null(shot);
	assert_non_null(oracle);
	shot->mode = SHOT_USER;
	shot->result = UNWIND_TOO_DEEP;
	shot->cnt = SAMPLE_USER_MAX;
	oracle->cnt = SAMPLE_USER_MAX + 1;
	for (size_t i = 0; i < oracle->cnt; i++) {
		oracle->frames[i] = (struct oracle_frame){ .ip = i + 1,
							   .cfi = ORACLE_EH_FRAME,
							   .is_code = true };
		if (i < SAMPLE_USER_MAX)
			shot->ips[i] = i + 1;
	}
	assert_int_equal(verdict_of(shot, oracle, &at), VERDICT_CUT);
	shot->ips[SAMPLE_USER_MAX - 1]++;
	assert_int_equal(verdict_of(shot, oracle, &at), VERDICT_WRONG);
	assert_int_equal(at, SAMPLE_USER_MAX - 1);
	shot->ips[SAMPLE_USER_MAX - 1]--;
	shot->cnt--;
	assert_int_equal(verdict_of(shot, oracle, &at), VERDICT_WRONG);
	free(shot);
	free(oracle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_a_stack),
		cmocka_unit_test(a_stack_is_cut_at_the_limit_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
