// SPDX-License-Identifier: BSD-2-Clause
/* Stacks of CPython in made-up memory: runs and their marks, lists that never end, any bytes at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profiler/interpreters/python.h"

#define FSBASE 0x7f0000001000ULL
#define STATE  0x1000ULL
#define FRAME  0x10000ULL /* frame I is at FRAME + I * 0x100, its code at CODE + I * 0x100 */
#define CODE   0x20000ULL
#define CFRAME 0x30000ULL
#define WORDS  4096

/* Words at addresses; what is not there cannot be read. */
struct words {
	struct {
		uint64_t address, value;
	} at[WORDS];
	size_t cnt;
	struct process_memory memory;
};

static int read_words(void *ctx, uint64_t address, void *to, size_t size)
{
	const struct words *w = ctx;
	bool is_there = false;

	memset(to, 0, size);
	for (size_t i = 0; i < w->cnt; i++) {
		uint64_t off = w->at[i].address - address;

		if (off > size - 8 || size < 8)
			continue;
		memcpy((uint8_t *)to + off, &w->at[i].value, 8);
		is_there = true;
	}
	return is_there ? 0 : -EIO;
}

static void put(struct words *w, uint64_t address, uint64_t value)
{
	assert_true(w->cnt < WORDS);
	w->at[w->cnt].address = address;
	w->at[w->cnt++].value = value;
}

enum { AT_ID, AT_FRAME = 8, AT_CFRAME = 16 };			      /* in a thread's state */
enum { AT_CODE, AT_PREVIOUS = 8, AT_INSTRUCTION = 16, AT_MARK = 24 }; /* in a frame */
enum { AT_CURRENT, AT_OLDER = 8 };				      /* in a CFrame */

static struct words *begin(struct interpreter *info, uint32_t flags)
{
	struct words *w = calloc(1, sizeof(*w));

	*info = (struct interpreter){
		.kind = INTERPRETER_PYTHON,
		.flags = flags,
		.slot = -8,
		.off = { [PYTHON_THREAD_ID] = AT_ID,
			 [PYTHON_THREAD_FRAME] = AT_FRAME,
			 [PYTHON_THREAD_CFRAME] = AT_CFRAME,
			 [PYTHON_CFRAME_FRAME] = AT_CURRENT,
			 [PYTHON_CFRAME_PREVIOUS] = AT_OLDER,
			 [PYTHON_FRAME_SIZE] = 32,
			 [PYTHON_FRAME_CODE] = AT_CODE,
			 [PYTHON_FRAME_PREVIOUS] = AT_PREVIOUS,
			 [PYTHON_FRAME_AT] = AT_INSTRUCTION,
			 [PYTHON_FRAME_MARK] = AT_MARK },
	};
	put(w, FSBASE - 8, STATE);
	put(w, STATE + AT_ID, FSBASE);
	w->memory = (struct process_memory){ read_words, w, 1 << 20, 1 << 14 };
	return w;
}

/* Frame I, of which the next outer one is PREVIOUS, -1: none. */
static void put_frame(struct words *w, int i, int previous, uint64_t mark)
{
	uint64_t frame = FRAME + (uint64_t)i * 0x100, code = CODE + (uint64_t)i * 0x100;

	put(w, frame + AT_CODE, code);
	put(w, frame + AT_PREVIOUS, previous < 0 ? 0 : FRAME + (uint64_t)previous * 0x100);
	put(w, frame + AT_INSTRUCTION, code + (uint64_t)i);
	put(w, frame + AT_MARK, mark);
}

static void expect_frames(const struct interpreter_stack *stack, const int *frames, size_t cnt)
{
	assert_int_equal(stack->cnt, cnt);
	for (size_t i = 0; i < cnt; i++)
		assert_int_equal(stack->frames[i].code & INTERPRETER_CODE_MASK,
				 CODE + (uint64_t)frames[i] * 0x100);
}

static bool is_end(const struct interpreter_stack *stack, size_t i)
{
	return stack->frames[i].code & INTERPRETER_RUN_END;
}

/* 3.12: two runs, each of which ends with a frame that lies on the C stack. */
static void shims_end_runs_and_mark_them(void **state)
{
	struct interpreter_stack stack;
	struct interpreter info;
	struct words *w = begin(&info, PYTHON_SHIM_MARK);

	put(w, STATE + AT_FRAME, FRAME);
	put_frame(w, 0, 1, 0);
	put_frame(w, 1, 2, 0);
	put_frame(w, 2, 3, PYTHON_OWNER_SHIM);
	put_frame(w, 3, 4, 0);
	put_frame(w, 4, -1, PYTHON_OWNER_SHIM);
	python_read_stack(&w->memory, &info, FSBASE, &stack);
	assert_int_equal(stack.end, INTERPRETER_COMPLETE);
	expect_frames(&stack, (const int[]){ 0, 1, 3 }, 3);
	assert_true(!is_end(&stack, 0) && is_end(&stack, 1) && is_end(&stack, 2));
	assert_int_equal(stack.marks[0], FRAME + 0x200);
	assert_int_equal(stack.marks[1], FRAME + 0x400);
	assert_int_equal(stack.frames[1].at, 1);
	assert_int_equal(interpreter_frame_pair(&stack.frames[1]), INTERPRETER_UNPAIRED);
	free(w);
}

/* 3.11: the innermost CFrame is in the list already, and does not yet say what it evaluates. */
static void a_run_that_is_none_is_left_out(void **state)
{
	struct interpreter_stack stack;
	struct interpreter info;
	struct words *w = begin(&info, PYTHON_CFRAME | PYTHON_CFRAME_MARK);

	put(w, STATE + AT_FRAME, CFRAME);
	put(w, CFRAME + AT_CURRENT, FRAME + 0x900); /* what was on the stack before */
	put(w, CFRAME + AT_OLDER, CFRAME + 0x100);
	put(w, CFRAME + 0x100 + AT_CURRENT, FRAME);
	put(w, CFRAME + 0x100 + AT_OLDER, 0);
	put_frame(w, 9, -1, 1);
	put_frame(w, 0, 1, 0);
	put_frame(w, 1, -1, 1);
	python_read_stack(&w->memory, &info, FSBASE, &stack);
	assert_int_equal(stack.end, INTERPRETER_COMPLETE);
	expect_frames(&stack, (const int[]){ 0, 1 }, 2);
	assert_int_equal(stack.marks[0], CFRAME + 0x100);
	free(w);
}

static void what_ends_a_walk_is_told(void **state)
{
	struct interpreter_stack stack;
	struct interpreter info;
	struct words *w = begin(&info, PYTHON_SHIM_MARK);
	const size_t cnt = w->cnt;

	python_read_stack(&w->memory, &info, FSBASE + 8, &stack);
	assert_int_equal(stack.end, INTERPRETER_NO_STATE);
	put(w, FSBASE + 8, STATE);
	python_read_stack(&w->memory, &info, FSBASE + 16, &stack);
	assert_int_equal(stack.end, INTERPRETER_NOT_HERE);
	w->cnt = cnt;
	put(w, STATE + AT_FRAME, FRAME);
	python_read_stack(&w->memory, &info, FSBASE, &stack);
	assert_int_equal(stack.end, INTERPRETER_BAD_READ);
	assert_int_equal(stack.cnt, 0);
	put_frame(w, 0, -1, 0);
	python_read_stack(&w->memory, &info, FSBASE, &stack);
	assert_int_equal(stack.end, INTERPRETER_TORN);
	assert_int_equal(stack.cnt, 1);
	free(w);
}

/* Frames, or shims, that are their own next ones. */
static void lists_without_an_end_are_left(void **state)
{
	struct interpreter_stack stack;
	struct interpreter info;
	struct words *w = begin(&info, PYTHON_SHIM_MARK);

	put(w, STATE + AT_FRAME, FRAME);
	put_frame(w, 0, 0, 0);
	python_read_stack(&w->memory, &info, FSBASE, &stack);
	assert_int_equal(stack.end, INTERPRETER_TOO_DEEP);
	assert_int_equal(stack.cnt, INTERPRETER_FRAMES);
	w->cnt -= 4;
	put_frame(w, 0, 0, PYTHON_OWNER_SHIM);
	python_read_stack(&w->memory, &info, FSBASE, &stack);
	assert_int_equal(stack.end, INTERPRETER_TORN);
	assert_int_equal(stack.cnt, 0);
	free(w);
}

/* A generator of numbers that are the same in each run. */
static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 20;
}

struct anything {
	uint64_t seed, fsbase;
};

static int read_anything(void *ctx, uint64_t address, void *to, size_t size)
{
	struct anything *any = ctx;
	uint64_t *seed = &any->seed;

	if (next_random(seed) % 64 == 0)
		return -EIO;
	for (size_t i = 0; i < size; i++)
		((uint8_t *)to)[i] = (uint8_t)next_random(seed);
	if (size == 8 && next_random(seed) % 2)
		memset(to, 0, next_random(seed) % 9);
	if (size == 8 && next_random(seed) % 4 == 0)
		memcpy(to, &any->fsbase, size); /* the state is the thread's */
	return 0;
}

/* A parser that was taken over says any offsets, a process has any bytes: nothing else is written. */
static void any_bytes_and_offsets_are_survived(void **state)
{
	struct interpreter_stack *stack = malloc(sizeof(*stack));
	struct sample_code *code = malloc(sizeof(*code) + 64);
	struct anything any = { 1, FSBASE };
	size_t frame_cnt = 0;

	for (int round = 0; round < 20000; round++) {
		struct process_memory memory = { read_anything, &any, 1 << 20, 1 << 12 };
		struct interpreter info;
		size_t size;

		for (size_t i = 0; i < sizeof(info); i++)
			((uint8_t *)&info)[i] = (uint8_t)next_random(&any.seed);
		for (int i = 0; round % 2 && i < INTERPRETER_OFFSETS; i++)
			info.off[i] %= PYTHON_FRAME_MAX;
		python_read_stack(&memory, &info, FSBASE, stack);
		frame_cnt += stack->cnt;
		assert_in_range(stack->cnt, 0, INTERPRETER_FRAMES);
		assert_in_range(stack->end, 0, INTERPRETER_END_CNT - 1);
		size = python_read_code(&memory, &info, next_random(&any.seed), code, 64);
		assert_in_range(size, offsetof(struct sample_code, lines_bytes),
				offsetof(struct sample_code, lines_bytes) + 64);
	}
	assert_true(frame_cnt > 10000);
	free(stack);
	free(code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shims_end_runs_and_mark_them),
		cmocka_unit_test(a_run_that_is_none_is_left_out),
		cmocka_unit_test(what_ends_a_walk_is_told),
		cmocka_unit_test(lists_without_an_end_are_left),
		cmocka_unit_test(any_bytes_and_offsets_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
