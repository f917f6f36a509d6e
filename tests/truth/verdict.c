// SPDX-License-Identifier: BSD-2-Clause
/* verdict.c - see verdict.h. */
#include "tests/truth/verdict.h"

static bool is_same_frame(uint64_t ours, const struct oracle_frame *frame)
{
	return ours == (frame->ip | (frame->exact ? SAMPLE_IP_EXACT : 0));
}

static size_t first_difference(const struct truth_shot *ours, const struct oracle_stack *oracle)
{
	size_t i = 0;

	while (i < ours->cnt && i < oracle->cnt && is_same_frame(ours->ips[i], &oracle->frames[i]))
		i++;
	return i;
}

/* Our frames from FIRST on are the chain's. */
static bool is_chain(const struct truth_shot *ours, const struct oracle_stack *oracle, size_t first)
{
	if (ours->cnt - first > oracle->chain_cnt)
		return false;
	for (size_t i = first; i < ours->cnt; i++) {
		if (ours->ips[i] != oracle->chain[i - first])
			return false;
	}
	return true;
}

/* The resolver's callee was about to save RBX, see ehframe_rbx_calls(): another word was read. */
static bool is_unsaved(const struct truth_shot *ours, enum oracle_cfi cfi)
{
	return ours->cnt == 2 && cfi == ORACLE_EH_FRAME_REG &&
	       (ours->result == UNWIND_STUCK || ours->result == UNWIND_NO_MAPPING ||
		ours->result == UNWIND_BAD_READ);
}

/* Ours is the inner part of libdwfl's. */
static enum verdict verdict_of_short(const struct truth_shot *ours,
				     const struct oracle_stack *oracle)
{
	enum oracle_cfi cfi = oracle->frames[ours->cnt - 1].cfi;
	bool is_code = oracle->frames[ours->cnt].is_code; /* libdwfl has more frames */

	if (is_unsaved(ours, cfi))
		return VERDICT_NO_REG;
	switch (ours->result) {
	case UNWIND_TOO_DEEP:
		return ours->cnt == SAMPLE_USER_MAX ? VERDICT_CUT : VERDICT_WRONG;
	case UNWIND_NO_REG:
		return cfi == ORACLE_EH_FRAME_REG ? VERDICT_NO_REG : VERDICT_WRONG;
	case UNWIND_STUCK:
		return is_code ? VERDICT_WRONG : VERDICT_NO_CODE;
	case UNWIND_NO_MAPPING:
		if (!is_code)
			return VERDICT_NO_CODE;
		return cfi == ORACLE_NO_CFI ? VERDICT_NO_CFI : VERDICT_WRONG;
	case UNWIND_BAD_FP:
	case UNWIND_FP_END:
	case UNWIND_BAD_READ:
		return cfi == ORACLE_NO_CFI ? VERDICT_NO_CFI : VERDICT_WRONG;
	}
	return VERDICT_WRONG;
}

enum verdict verdict_of(const struct truth_shot *ours, const struct oracle_stack *oracle,
			size_t *at)
{
	static const enum verdict equal[] = { VERDICT_EQUAL, VERDICT_RETURNED, VERDICT_SIGNAL };
	size_t same = first_difference(ours, oracle);

	*at = same;
	if (ours->mode == SHOT_KERNEL && (ours->regs[SHOT_REG_IP] != oracle->frames[0].ip ||
					  ours->regs[SHOT_REG_SP] != oracle->frames[0].sp))
		return VERDICT_MOVED;
	if (same == ours->cnt && same == oracle->cnt)
		return equal[oracle->help];
	if (same && same == ours->cnt)
		return verdict_of_short(ours, oracle);
	if (same && same == oracle->cnt && oracle->error && is_chain(ours, oracle, same))
		return VERDICT_BEYOND;
	return VERDICT_WRONG;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[VERDICT_CNT] = {
		[VERDICT_EQUAL] = "equal",	 [VERDICT_CUT] = "cut",
		[VERDICT_BEYOND] = "beyond",	 [VERDICT_NO_CFI] = "no-cfi",
		[VERDICT_NO_CODE] = "no-code",	 [VERDICT_NO_REG] = "no-reg",
		[VERDICT_RETURNED] = "returned", [VERDICT_SIGNAL] = "signal",
		[VERDICT_LATE] = "late",	 [VERDICT_MOVED] = "moved",
		[VERDICT_WRONG] = "wrong",
	};

	return names[verdict];
}
