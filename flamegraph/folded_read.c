// SPDX-License-Identifier: BSD-2-Clause
/*
 * folded_read.c - folded stacks into a profile, in one pass and big blocks.
 *
 * Neighbouring lines tend to share their outermost frames (sorted input always
 * does): what a line has in common with the one before is not looked up again.
 */
#include "flamegraph/formats.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/profile.h"

#define READ_SIZE (256 * 1024)	/* stays in the second-level cache until parsed */
#define ANNOTATION_LEN 4	/* of "_[k]" */
#define BATCH_CNT 64		/* stacks that wait for memory together */
#define STEP_ROOM (4 * PROFILE_MAX_DEPTH)

struct reader {
	struct profile *p;
	struct folded_result *result;
	bool by_time;			/* keep the order, merge neighbours only */
	struct profile_stack batch[BATCH_CNT];	/* parsed and hashed, not yet in p */
	size_t batch_cnt;
	size_t step_cnt;		/* used by the batch */
	struct profile_step steps[STEP_ROOM];
	const char *last;		/* the newest stack of the batch; NULL: none */
	size_t last_len;
	uint32_t ends[PROFILE_MAX_DEPTH];	/* offset in last where each frame ends */
	size_t path_cnt;		/* by time: the path of the stack before */
	uint32_t frames[PROFILE_MAX_DEPTH];
	uint32_t nodes[PROFILE_MAX_DEPTH];
	char buf[FOLDED_MAX_LINE + 1 + READ_SIZE]; /* a line without its end, and a block */
};

static const char *const fault_texts[FOLDED_FAULT_CNT] = {
	[FOLDED_GOOD] = "is a stack",
	[FOLDED_NO_COUNT] = "has no count",
	[FOLDED_BAD_COUNT] = "has a count that is not a number",
	[FOLDED_NEGATIVE] = "has a negative count",
	[FOLDED_TOO_LARGE] = "has a count above 2^53",
	[FOLDED_NO_STACK] = "has a count but no stack",
	[FOLDED_TOO_LONG] = "is longer than 1 MiB",
	[FOLDED_NUL] = "contains a NUL byte",
};

const char *folded_fault_text(enum folded_fault fault)
{
	return (unsigned int)fault < FOLDED_FAULT_CNT ? fault_texts[fault] : "is bad";
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits with an optional fraction. */
static enum folded_fault parse_weight(const char *s, size_t len, double *weight)
{
	double value = 0, scale = 1;
	size_t i = 0;

	for (; i < len && is_digit(s[i]); i++)
		value = value * 10 + (s[i] - '0');
	if (!i && len > 1 && s[0] == '-' && is_digit(s[1]))
		return FOLDED_NEGATIVE;
	if (!i)
		return FOLDED_BAD_COUNT;
	if (value > PROFILE_MAX_WEIGHT)
		return FOLDED_TOO_LARGE;
	if (i < len && s[i] == '.') {
		/* One division at the end: exact for all that out_format_weight() makes. */
		for (i++; i < len && is_digit(s[i]); i++) {
			if (value * 10 > PROFILE_MAX_WEIGHT)
				continue;
			value = value * 10 + (s[i] - '0');
			scale *= 10;
		}
		value /= scale;
	}
	*weight = value;
	return i == len ? FOLDED_GOOD : FOLDED_BAD_COUNT;
}

static enum frame_kind split_kind(const char *name, size_t *len)
{
	const char *end = name + *len;

	if (*len <= ANNOTATION_LEN || end[-1] != ']' || end[-3] != '[' || end[-4] != '_')
		return FRAME_USER;
	*len -= ANNOTATION_LEN;
	switch (end[-2]) {
	case 'k':
		return FRAME_KERNEL;
	case 'i':
		return FRAME_INLINED;
	case 'j':
		return FRAME_JIT;
	default:
		*len += ANNOTATION_LEN;
		return FRAME_USER;
	}
}

/* Bytes that A and B have in common at their start. */
static size_t common_len(const char *a, const char *b, size_t len)
{
	size_t i = 0;

	while (i + 8 <= len && !memcmp(a + i, b + i, 8))
		i += 8;
	while (i < len && a[i] == b[i])
		i++;
	return i;
}

/* Frames at the start of STACK that are those of the line before. */
static size_t common_frames(const struct reader *r, const char *stack, size_t len)
{
	size_t common, cnt = 0, last_cnt;

	if (!r->last)
		return 0;
	last_cnt = r->batch[r->batch_cnt - 1].cnt;
	common = common_len(stack, r->last, len < r->last_len ? len : r->last_len);
	while (cnt < last_cnt && r->ends[cnt] < common)
		cnt++;
	return cnt;
}

/* Below the path of the stack before, as far as they are the same; else new nodes. */
static int append_stack(struct reader *r, const struct profile_stack *stack, uint32_t *node)
{
	bool is_same = true;
	int err = 0;

	*node = PROFILE_ROOT;
	for (size_t i = 0; i < stack->cnt && !err; i++) {
		uint32_t frame, parent = *node;

		err = profile_frame(r->p, stack->steps[i].name, stack->steps[i].name_len,
				    stack->steps[i].kind, &frame);
		is_same = is_same && i < r->path_cnt && r->frames[i] == frame;
		if (is_same)
			*node = r->nodes[i];
		else if (!err)
			err = profile_append(r->p, parent, frame, node);
		r->frames[i] = frame;
		r->nodes[i] = *node;
	}
	r->path_cnt = stack->cnt;
	return err;
}

static int append_stacks(struct reader *r)
{
	uint32_t node;
	int err = 0;

	for (size_t i = 0; i < r->batch_cnt && !err; i++) {
		err = append_stack(r, &r->batch[i], &node);
		if (!err)
			profile_add(r->p, node, r->batch[i].weight);
	}
	return err;
}

/* The stacks that wait, into the profile. */
static int flush(struct reader *r)
{
	int err = r->by_time ? append_stacks(r)
			     : profile_add_stacks(r->p, r->batch, r->batch_cnt);

	r->batch_cnt = 0;
	r->step_cnt = 0;
	r->last = NULL;
	return err;
}

static int add_stack(struct reader *r, const char *stack, size_t len, double weight)
{
	size_t cnt, known, start;
	struct profile_step *steps;

	if (r->batch_cnt == BATCH_CNT || r->step_cnt > STEP_ROOM - PROFILE_MAX_DEPTH) {
		int err = flush(r);

		if (err)
			return err;
	}
	steps = r->steps + r->step_cnt;
	cnt = known = common_frames(r, stack, len);
	start = cnt ? r->ends[cnt - 1] + 1 : 0;
	if (known)
		memcpy(steps, r->batch[r->batch_cnt - 1].steps, known * sizeof(*steps));
	while (start <= len && cnt < PROFILE_MAX_DEPTH) {
		const char *end = memchr(stack + start, ';', len - start);
		size_t name_len = (end ? end : stack + len) - (stack + start);
		size_t text_len = name_len;
		enum frame_kind kind = split_kind(stack + start, &text_len);

		steps[cnt] = (struct profile_step){ stack + start, text_len, kind, 0 };
		start += name_len + 1;
		r->ends[cnt++] = start - 1;
	}
	profile_hash(r->p, steps, known, cnt);
	r->batch[r->batch_cnt++] = (struct profile_stack){ steps, cnt, weight };
	r->step_cnt += cnt;
	r->result->cut_cnt += start <= len;
	r->last = stack;
	r->last_len = len;
	return 0;
}

/* A line into stack and weight.  The last space is where the count begins. */
static enum folded_fault split_line(const char *line, size_t len, size_t *stack_len,
				    double *weight)
{
	const char *space;

	if (len > FOLDED_MAX_LINE)
		return FOLDED_TOO_LONG;
	if (memchr(line, '\0', len))
		return FOLDED_NUL;
	space = memrchr(line, ' ', len);
	if (!space)
		return FOLDED_NO_COUNT;
	*stack_len = space - line;
	if (!*stack_len)
		return FOLDED_NO_STACK;
	return parse_weight(space + 1, line + len - (space + 1), weight);
}

static void count_bad(struct folded_result *result, enum folded_fault fault)
{
	if (!result->bad_cnt++) {
		result->first_bad = result->line_cnt;
		result->first_fault = fault;
	}
}

/* One line without its newline. */
static int add_line(struct reader *r, const char *line, size_t len)
{
	enum folded_fault fault;
	size_t stack_len;
	double weight;

	r->result->line_cnt++;
	if (len && line[len - 1] == '\r')
		len--;
	if (!len)
		return 0;
	fault = split_line(line, len, &stack_len, &weight);
	if (fault) {
		count_bad(r->result, fault);
		return 0;
	}
	r->result->stack_cnt++;
	return weight > 0 ? add_stack(r, line, stack_len, weight) : 0;
}

/* All whole lines of the buffer; the rest moves to its start.  Returns the rest's length. */
static int add_lines(struct reader *r, size_t *len)
{
	char *line = r->buf, *buf_end = r->buf + *len, *end;
	int err = 0;

	while (!err && (end = memchr(line, '\n', buf_end - line))) {
		err = add_line(r, line, end - line);
		line = end + 1;
	}
	*len = buf_end - line;
	if (line == r->buf)
		return err;
	if (!err)
		err = flush(r);	/* it points into the buffer */
	memmove(r->buf, line, *len);
	return err;
}

/*
 * What is left of a line that is too long.  Returns the bytes of the buffer that
 * are dropped; *IS_LONG becomes false at the line's end.
 */
static size_t skip_line(const struct reader *r, size_t len, bool *is_long)
{
	const char *end = memchr(r->buf, '\n', len);

	*is_long = !end;
	return end ? (size_t)(end + 1 - r->buf) : len;
}

static int read_lines(struct reader *r, FILE *f)
{
	bool is_long = false;
	size_t len = 0, got, dropped;
	int err;

	do {
		errno = 0;
		got = fread(r->buf + len, 1, READ_SIZE, f);
		if (got < READ_SIZE && ferror(f))
			return errno ? -errno : -EIO;
		len += got;
		if (is_long) {
			dropped = skip_line(r, len, &is_long);
			len -= dropped;
			memmove(r->buf, r->buf + dropped, len);
		}
		err = add_lines(r, &len);
		if (err)
			return err;
		if (len > FOLDED_MAX_LINE + 1) {	/* 1: perhaps a '\r' */
			r->result->line_cnt++;
			count_bad(r->result, FOLDED_TOO_LONG);
			is_long = true;
			len = 0;
		}
	} while (got);
	err = len ? add_line(r, r->buf, len) : 0;
	return err ? err : flush(r);
}

static int read_stacks(struct profile *p, FILE *f, bool by_time, struct folded_result *result)
{
	struct reader *r = malloc(sizeof(*r));
	int err;

	*result = (struct folded_result){ 0 };
	if (!r)
		return -ENOMEM;
	r->p = p;
	r->result = result;
	r->by_time = by_time;
	r->batch_cnt = 0;
	r->step_cnt = 0;
	r->path_cnt = 0;
	r->last = NULL;
	err = read_lines(r, f);
	free(r);
	return err;
}

int folded_read(struct profile *p, FILE *f, struct folded_result *result)
{
	return read_stacks(p, f, false, result);
}

int folded_read_by_time(struct profile *p, FILE *f, struct folded_result *result)
{
	return read_stacks(p, f, true, result);
}
