// SPDX-License-Identifier: BSD-2-Clause
/*
 * folded_read.c - reads folded stacks into a profile, in one pass and big blocks.
 *
 * The caller's thread reads, splits and hashes a block while another one puts the
 * stacks of the block before into the profile; the order is that of the input.
 * An input of one block needs no thread.
 *
 * Neighbouring lines tend to share their outermost frames (sorted input always
 * does): what a line has in common with the one before is not looked up again.
 */
#include "flamegraph/formats.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/profile.h"

#define READ_SIZE (256 * 1024) /* stays in the second-level cache until parsed */
#define BLOCK_CNT 3	       /* one is filled, one is emptied, one is waiting */
#define FIRST_CAP 4096

/* Lines and the stacks that they are.  The names of the steps point into the lines. */
struct folded_block {
	struct profile_stack *stacks; /* their steps are set once the block has all of them */
	size_t stack_cnt, stack_cap;
	struct profile_step *steps;
	size_t step_cnt, step_cap;
	char buf[FOLDED_MAX_LINE + 1 + READ_SIZE]; /* a line without its end, and a block */
};

struct folded_reader {
	struct profile *p; /* the thread that fills blocks reads its secret only */
	struct folded_result *result;
	bool by_time; /* lines keep their order, and only neighbours share nodes */

	struct folded_block *block; /* the block that is being filled */
	const char *last;	    /* text of its newest stack; NULL if it has none */
	size_t last_len;
	uint32_t ends[PROFILE_MAX_DEPTH]; /* offset in last where each frame ends */

	size_t path_cnt; /* nodes of the stack before, if lines keep their order */
	uint32_t frames[PROFILE_MAX_DEPTH];
	uint32_t nodes[PROFILE_MAX_DEPTH];

	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock; /* guards all fields below */
	pthread_cond_t changed;
	unsigned int filled_cnt, emptied_cnt; /* blocks since the start */
	bool is_end;
	int err; /* why stacks cannot be put into the profile */
	struct folded_block blocks[BLOCK_CNT];
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

/* Parse a count: digits with an optional fraction. */
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
		/* A single division at the end is exact for all that out_format_weight() makes. */
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

/* Return how many bytes at their start A and B have in common. */
static size_t common_len(const char *a, const char *b, size_t len)
{
	size_t i = 0;

	while (i + 8 <= len && !memcmp(a + i, b + i, 8))
		i += 8;
	while (i < len && a[i] == b[i])
		i++;
	return i;
}

/* Return how many frames at the start of STACK are those of the line before. */
static size_t common_frames(const struct folded_reader *r, const char *stack, size_t len)
{
	size_t common, cnt = 0, last_cnt;

	if (!r->last)
		return 0;
	last_cnt = r->block->stacks[r->block->stack_cnt - 1].cnt;
	common = common_len(stack, r->last, len < r->last_len ? len : r->last_len);
	while (cnt < last_cnt && r->ends[cnt] < common)
		cnt++;
	return cnt;
}

/* Take the nodes of the stack before as far as the frames are the same, then new ones. */
static int append_stack(struct folded_reader *r, const struct profile_stack *stack, uint32_t *node)
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

static int append_stacks(struct folded_reader *r, const struct folded_block *block)
{
	uint32_t node;
	int err = 0;

	for (size_t i = 0; i < block->stack_cnt && !err; i++) {
		err = append_stack(r, &block->stacks[i], &node);
		if (!err)
			profile_add(r->p, node, block->stacks[i].weight);
	}
	return err;
}

static int empty_block(struct folded_reader *r, struct folded_block *block)
{
	struct profile_step *steps = block->steps;
	int err;

	for (size_t i = 0; i < block->stack_cnt; i++) {
		block->stacks[i].steps = steps;
		steps += block->stacks[i].cnt;
	}
	err = r->by_time ? append_stacks(r, block)
			 : profile_add_stacks(r->p, block->stacks, block->stack_cnt);
	block->stack_cnt = 0;
	block->step_cnt = 0;
	return err;
}

static void *empty_blocks(void *reader)
{
	struct folded_reader *r = reader;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		int err = r->err;

		while (r->emptied_cnt == r->filled_cnt && !r->is_end)
			pthread_cond_wait(&r->changed, &r->lock);
		if (r->emptied_cnt == r->filled_cnt)
			break;
		pthread_mutex_unlock(&r->lock);
		if (!err)
			err = empty_block(r, &r->blocks[r->emptied_cnt % BLOCK_CNT]);
		pthread_mutex_lock(&r->lock);
		r->err = err;
		r->emptied_cnt++;
		pthread_cond_signal(&r->changed);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* Hand the full block over and take an empty one.  Returns what went wrong so far. */
static int next_block(struct folded_reader *r)
{
	int err;

	r->last = NULL;
	if (!r->has_thread)
		r->has_thread = !pthread_create(&r->thread, NULL, empty_blocks, r);
	if (!r->has_thread)
		return empty_block(r, r->block);
	pthread_mutex_lock(&r->lock);
	r->filled_cnt++;
	pthread_cond_signal(&r->changed);
	while (r->filled_cnt - r->emptied_cnt == BLOCK_CNT)
		pthread_cond_wait(&r->changed, &r->lock);
	r->block = &r->blocks[r->filled_cnt % BLOCK_CNT];
	err = r->err;
	pthread_mutex_unlock(&r->lock);
	return err;
}

/* Wait for the thread, then do the last block, which it was not given. */
static int end_blocks(struct folded_reader *r, int err)
{
	if (r->has_thread) {
		pthread_mutex_lock(&r->lock);
		r->is_end = true;
		pthread_cond_signal(&r->changed);
		pthread_mutex_unlock(&r->lock);
		pthread_join(r->thread, NULL);
	}
	if (!err)
		err = r->err;
	return err ? err : empty_block(r, r->block);
}

static int grow(void **array, size_t *cap, size_t item_size)
{
	size_t want = *cap ? *cap * 2 : FIRST_CAP;
	void *grown = reallocarray(*array, want, item_size);

	if (!grown)
		return -ENOMEM;
	*array = grown;
	*cap = want;
	return 0;
}

static int make_cap(struct folded_block *block)
{
	int err = 0;

	if (block->stack_cnt == block->stack_cap)
		err = grow((void **)&block->stacks, &block->stack_cap, sizeof(*block->stacks));
	while (!err && block->step_cap - block->step_cnt < PROFILE_MAX_DEPTH)
		err = grow((void **)&block->steps, &block->step_cap, sizeof(*block->steps));
	return err;
}

static int add_stack(struct folded_reader *r, const char *stack, size_t len, double weight)
{
	size_t known = common_frames(r, stack, len), cnt = known;
	size_t start = cnt ? r->ends[cnt - 1] + 1 : 0;
	struct folded_block *block = r->block;
	struct profile_step *steps;
	int err = make_cap(block);

	if (err)
		return err;
	steps = block->steps + block->step_cnt;
	if (known)
		memcpy(steps, steps - block->stacks[block->stack_cnt - 1].cnt,
		       known * sizeof(*steps));
	while (start <= len && cnt < PROFILE_MAX_DEPTH) {
		const char *end = memchr(stack + start, ';', len - start);
		size_t name_len = (end ? end : stack + len) - (stack + start);
		size_t text_len = name_len;
		enum frame_kind kind = frame_split_annotation(stack + start, &text_len);

		steps[cnt] = (struct profile_step){ stack + start, text_len, kind, 0 };
		start += name_len + 1;
		r->ends[cnt++] = start - 1;
	}
	profile_hash(r->p, steps, known, cnt);
	block->stacks[block->stack_cnt++] = (struct profile_stack){ NULL, cnt, weight };
	block->step_cnt += cnt;
	r->result->cut_cnt += start <= len;
	r->last = stack;
	r->last_len = len;
	return 0;
}

/* Split a line into stack and weight.  The count begins behind the last space. */
static enum folded_fault split_line(const char *line, size_t len, size_t *stack_len, double *weight)
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

/* Take one line, without its newline. */
static int add_line(struct folded_reader *r, const char *line, size_t len)
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

/* Take the whole lines among LEN bytes of the block; *REST is what follows the last of them. */
static int parse_lines(struct folded_reader *r, size_t len, char **rest)
{
	char *line = r->block->buf, *buf_end = line + len, *end;
	int err = 0;

	while (!err && (end = memchr(line, '\n', buf_end - line))) {
		err = add_line(r, line, end - line);
		line = end + 1;
	}
	*rest = line;
	return err;
}

/* Move what follows the last whole line to the next block; *LEN becomes its length. */
static int add_lines(struct folded_reader *r, size_t *len)
{
	char *buf = r->block->buf, *rest;
	int err = parse_lines(r, *len, &rest);

	*len -= rest - buf;
	if (err || rest == buf)
		return err;
	err = next_block(r);
	memmove(r->block->buf, rest, *len);
	return err;
}

/* Take the last block, whose last line may lack its newline. */
static int add_rest(struct folded_reader *r, size_t len)
{
	char *rest;
	int err = parse_lines(r, len, &rest);

	len -= rest - r->block->buf;
	return err || !len ? err : add_line(r, rest, len);
}

/*
 * Drop what is left of a line that is too long.  Returns how many bytes of the block that
 * are; *IS_LONG becomes false at the line's end.
 */
static size_t skip_line(const struct folded_block *block, size_t len, bool *is_long)
{
	const char *end = memchr(block->buf, '\n', len);

	*is_long = !end;
	return end ? (size_t)(end + 1 - block->buf) : len;
}

static int read_lines(struct folded_reader *r, FILE *f)
{
	bool is_long = false;
	size_t len = 0, got, dropped;
	int err;

	for (;;) {
		errno = 0;
		got = fread(r->block->buf + len, 1, READ_SIZE, f);
		if (got < READ_SIZE && ferror(f))
			return errno ? -errno : -EIO;
		len += got;
		if (is_long) {
			dropped = skip_line(r->block, len, &is_long);
			len -= dropped;
			memmove(r->block->buf, r->block->buf + dropped, len);
		}
		if (got < READ_SIZE) /* this was the end of the input */
			break;
		err = add_lines(r, &len);
		if (err)
			return err;
		if (len > FOLDED_MAX_LINE + 1) { /* the byte more may be a '\r' */
			r->result->line_cnt++;
			count_bad(r->result, FOLDED_TOO_LONG);
			is_long = true;
			len = 0;
		}
	}
	return add_rest(r, len);
}

static int read_stacks(struct profile *p, FILE *f, bool by_time, struct folded_result *result)
{
	struct folded_reader *r = malloc(sizeof(*r));
	int err;

	*result = (struct folded_result){ 0 };
	if (!r)
		return -ENOMEM;
	memset(r, 0, offsetof(struct folded_reader, blocks));
	for (size_t i = 0; i < BLOCK_CNT; i++) /* their large buffers stay as they are */
		memset(&r->blocks[i], 0, offsetof(struct folded_block, buf));
	r->p = p;
	r->result = result;
	r->by_time = by_time;
	r->block = r->blocks;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	err = end_blocks(r, read_lines(r, f));
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	for (size_t i = 0; i < BLOCK_CNT; i++) {
		free(r->blocks[i].stacks);
		free(r->blocks[i].steps);
	}
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
