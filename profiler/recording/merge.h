/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * merge.h - one stack of two: the native frames, and among them the interpreter's that they
 * evaluate.
 *
 * A run is what one native frame evaluates.  The BPF program says which one that is where the
 * interpreter has an object on the C stack for it; else the frames of the function that evaluates are
 * counted: as many of them as there are runs, or one more, the innermost, which has not begun yet or
 * is over.  Where C stacks are switched there may be any number more, which are outside of the runs.
 *
 * Ownership: the caller's.
 * Errors:    0 or a negative errno.
 * Threads:   no shared state.
 */
#ifndef PROFILER_RECORDING_MERGE_H
#define PROFILER_RECORDING_MERGE_H

#include "profiler/recording/codes.h"
#include "profiler/recording/tracked.h"
#include "profiler/source/source.h"

/*
 * An ip of a merged stack with this bit is the number of a frame of `codes`.  What was read from a
 * stack may be anything: a native one with this bit has another one in its place, with which it is in
 * no mapping either.
 */
#define MERGED_INTERPRETED (1ULL << 62)
#define MERGED_ELSEWHERE   (1ULL << 61)

static inline uint64_t merge_native(uint64_t ip)
{
	return ip & MERGED_INTERPRETED ? (ip & ~MERGED_INTERPRETED) | MERGED_ELSEWHERE : ip;
}

/*
 * Write to IPS, which has room for both, the frames of RAW; the interpreter's are before the native
 * one that evaluates them.  *UNPAIRED says that this is not known of some: they are where the
 * innermost frame of EVALUATOR is, or, if there is none, outside of all.
 */
int merge_stacks(struct codes *codes, const struct raw_sample *raw,
		 const struct interpreter_code *evaluator, uint64_t *ips, size_t *cnt,
		 bool *unpaired);

/*
 * Say of FRAMES, CNT of them, which native frame of USER_CNT evaluates which run: by MARKS of the
 * runs and by ENDS, where native frames end on the stack, whose innermost one begins at SP.
 */
void merge_pair(struct interpreter_frame *frames, size_t cnt, const uint64_t *marks, uint64_t sp,
		const uint64_t *ends, size_t user_cnt);

#endif /* PROFILER_RECORDING_MERGE_H */
