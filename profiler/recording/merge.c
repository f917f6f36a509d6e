// SPDX-License-Identifier: BSD-2-Clause
/* merge.c - see merge.h. */
#include "profiler/recording/merge.h"

#include <linux/types.h>

#include "bpf/sample.h"

struct merge {
	struct codes *codes;
	const struct raw_sample *raw;
	uint64_t *ips;
	size_t cnt;
	size_t at; /* the next of the interpreter's frames */
};

static bool has_more(const struct merge *m)
{
	return m->at < m->raw->interpreted.cnt;
}

/* The native frame that evaluates the next run, as the program knows it. */
static size_t next_pair(const struct merge *m)
{
	const struct raw_interpreted *in = &m->raw->interpreted;
	size_t end = m->at;

	while (end + 1 < in->cnt && !(in->frames[end].code & INTERPRETER_RUN_END))
		end++;
	return interpreter_frame_pair(&in->frames[end]);
}

/* Add the next run. */
static int add_run(struct merge *m)
{
	const struct raw_interpreted *in = &m->raw->interpreted;
	bool is_end = false;
	uint32_t id;
	int err = 0;

	while (!err && !is_end && has_more(m)) {
		const struct interpreter_frame *frame = &in->frames[m->at++];

		is_end = frame->code & INTERPRETER_RUN_END;
		err = codes_frame(m->codes, m->raw->tgid, frame, &id);
		m->ips[m->cnt++] = id | MERGED_INTERPRETED;
	}
	return err;
}

static bool evaluates(const struct interpreter_code *evaluator, const struct raw_sample *raw,
		      size_t i)
{
	uint64_t ip = raw->user[i] & ~SAMPLE_IP_EXACT;

	if (i && ip == raw->user[i])
		ip--; /* a return address */
	return ip - evaluator->start < evaluator->end - evaluator->start;
}

/* Runs have no marks: count. */
static int merge_counted(struct merge *m, const struct interpreter_code *evaluator, bool *unpaired)
{
	const struct raw_sample *raw = m->raw;
	size_t runs = 0, frames = 0;
	int err = 0;

	for (size_t i = 0; i < raw->interpreted.cnt; i++)
		runs += (raw->interpreted.frames[i].code & INTERPRETER_RUN_END) != 0;
	for (size_t i = 0; i < raw->user_cnt; i++)
		frames += evaluates(evaluator, raw, i);
	/* A greenlet's runs end where it begins; its C stack goes on in whoever started it. */
	if (evaluator->is_switched && frames > runs)
		frames = runs;
	*unpaired = frames != runs && frames != runs + 1;
	frames -= *unpaired ? 0 : runs; /* of the innermost ones, so many evaluate nothing */
	for (size_t i = 0; i < raw->user_cnt && !err; i++) {
		bool is_here = evaluates(evaluator, raw, i);

		if (is_here && !*unpaired && frames) {
			frames--;
			is_here = false;
		}
		while (is_here && has_more(m) && !err) {
			err = add_run(m);
			is_here = *unpaired;
		}
		m->ips[m->cnt++] = merge_native(raw->user[i]);
	}
	return err;
}

static int merge_marked(struct merge *m, bool *unpaired)
{
	const struct raw_sample *raw = m->raw;
	int err = 0;

	for (size_t i = 0; i < raw->user_cnt && !err; i++) {
		while (has_more(m) && next_pair(m) <= i && !err)
			err = add_run(m);
		m->ips[m->cnt++] = merge_native(raw->user[i]);
	}
	*unpaired = has_more(m);
	return err;
}

int merge_stacks(struct codes *codes, const struct raw_sample *raw,
		 const struct interpreter_code *evaluator, uint64_t *ips, size_t *cnt,
		 bool *unpaired)
{
	struct merge m = { .codes = codes, .raw = raw, .ips = ips };
	int err = has_more(&m) && evaluator->end && next_pair(&m) == INTERPRETER_UNPAIRED
			  ? merge_counted(&m, evaluator, unpaired)
			  : merge_marked(&m, unpaired);

	while (has_more(&m) && !err) {
		err = add_run(&m);
		*unpaired = true;
	}
	*cnt = m.cnt;
	return err;
}

void merge_pair(struct interpreter_frame *frames, size_t cnt, const uint64_t *marks, uint64_t sp,
		const uint64_t *ends, size_t user_cnt)
{
	size_t native = 0, run = 0;

	for (size_t i = 0; i < cnt; i++) {
		uint64_t pair = INTERPRETER_UNPAIRED;

		if (!(frames[i].code & INTERPRETER_RUN_END))
			continue;
		while (marks[run] && native + 1 < user_cnt && pair == INTERPRETER_UNPAIRED) {
			uint64_t begin = native ? ends[native - 1] : sp;

			if (marks[run] >= begin && marks[run] < ends[native])
				pair = native;
			else
				native++;
		}
		frames[i].code = (frames[i].code & INTERPRETER_CODE_MASK) | INTERPRETER_RUN_END |
				 pair << INTERPRETER_PAIR_SHIFT;
		run++;
	}
}
