/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * python_verdict.h - is a walk over Python's frames right, and is each where it belongs?
 *
 * Source:    python_shot.h.
 * Units:     frames are counted from the innermost one.
 * Ownership: nothing is kept.
 * Errors:    none.
 * Threads:   no shared state.
 */
#ifndef TRUTH_PYTHON_VERDICT_H
#define TRUTH_PYTHON_VERDICT_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/recording/tracked.h"
#include "tests/truth/python_shot.h"

/* The walk's functions against the shadow's. */
enum python_verdict {
	PYTHON_EQUAL,
	PYTHON_ENTERED, /* one frame more, the innermost: it begins, or it ends */
	PYTHON_DEEP, /* either of both, as far as the walk goes, and it says that there are more */
	PYTHON_CUT,  /* true as far as it goes, and it says that it was cut or found nothing */
	PYTHON_WRONG,
	PYTHON_VERDICT_CNT,
};

/* *AT is the first frame that differs. */
enum python_verdict python_verdict(const struct python_shot *shot, size_t *at);

/* The code of the walk's frame I, and of the shadow's; 0: there is none. */
uint64_t python_code(const struct python_shot *shot, size_t i);
uint64_t python_shadow(const struct python_shot *shot, size_t i);

/*
 * Which native frame evaluates which run, against the symbol of the function that evaluates: its
 * native frames are as many as there are runs, or one more, the innermost, which has not begun yet
 * or is over.
 */
enum python_joins {
	JOINS_RIGHT,
	JOINS_UNPAIRED,	 /* of a run no native frame is known */
	JOINS_UNCOUNTED, /* there are more or less of both, or one of them is not whole */
	JOINS_WRONG,
	JOINS_CNT,
};

enum python_joins python_joins(const struct python_shot *shot,
			       const struct interpreter_code *evaluator);

#endif /* TRUTH_PYTHON_VERDICT_H */
