// SPDX-License-Identifier: BSD-2-Clause
/* python_verdict.c - see python_verdict.h. */
#include "tests/truth/python_verdict.h"

#include <stdbool.h>
#include <string.h>

uint64_t python_code(const struct python_shot *shot, size_t i)
{
	return i < shot->cnt ? shot->frames[i].code & INTERPRETER_CODE_MASK : 0;
}

uint64_t python_shadow(const struct python_shot *shot, size_t i)
{
	uint64_t last = shot->depth < PYTHON_SHADOWS ? shot->depth : PYTHON_SHADOWS;

	return i < last ? shot->shadow[last - 1 - i] : 0;
}

/* How many frames agree, if the walk has MORE of them, innermost ones. */
static size_t agreeing(const struct python_shot *shot, size_t more)
{
	size_t i = more;

	while (i < shot->cnt && python_code(shot, i) == python_shadow(shot, i - more))
		i++;
	return i;
}

enum python_verdict python_verdict(const struct python_shot *shot, size_t *at)
{
	*at = 0;
	for (size_t more = 0; more <= 1 && more <= shot->cnt; more++) {
		size_t same = agreeing(shot, more);

		*at = !more || same > more ? same : *at;
		if (same < shot->cnt)
			continue;
		if (shot->end == INTERPRETER_COMPLETE && shot->cnt == shot->depth + more)
			return more ? PYTHON_ENTERED : PYTHON_EQUAL;
		if (shot->end == INTERPRETER_TOO_DEEP && shot->cnt == INTERPRETER_FRAMES)
			return PYTHON_DEEP;
		if (shot->end != INTERPRETER_COMPLETE)
			return PYTHON_CUT;
	}
	return PYTHON_WRONG;
}

/* Is native frame I code of EVALUATOR? */
static bool evaluates(const struct python_shot *shot, size_t i,
		      const struct interpreter_code *evaluator)
{
	uint64_t ip = shot->ips[i] & ~SAMPLE_IP_EXACT;

	ip -= !(shot->ips[i] & SAMPLE_IP_EXACT); /* a return address */
	return ip - evaluator->start < evaluator->end - evaluator->start;
}

enum python_joins python_joins(const struct python_shot *shot,
			       const struct interpreter_code *evaluator)
{
	size_t evaluators[SAMPLE_USER_MAX], evaluator_cnt = 0, run_cnt = 0;
	size_t pairs[INTERPRETER_FRAMES];
	bool is_unpaired = false;

	if (shot->end != INTERPRETER_COMPLETE || shot->native_end > UNWIND_ZERO_RA)
		return JOINS_UNCOUNTED;
	for (size_t i = 0; i < shot->cnt; i++) {
		if (!(shot->frames[i].code & INTERPRETER_RUN_END))
			continue;
		pairs[run_cnt] = interpreter_frame_pair(&shot->frames[i]);
		is_unpaired |= pairs[run_cnt++] == INTERPRETER_UNPAIRED;
	}
	for (size_t i = 0; i < shot->native_cnt; i++) {
		if (evaluates(shot, i, evaluator))
			evaluators[evaluator_cnt++] = i;
	}
	if (evaluator_cnt != run_cnt && evaluator_cnt != run_cnt + 1)
		return JOINS_UNCOUNTED;
	if (is_unpaired)
		return JOINS_UNPAIRED;
	return memcmp(pairs, &evaluators[evaluator_cnt - run_cnt], run_cnt * sizeof(*pairs))
		       ? JOINS_WRONG
		       : JOINS_RIGHT;
}
