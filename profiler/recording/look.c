// SPDX-License-Identifier: BSD-2-Clause
/* look.c - see look.h. */
#include "profiler/recording/look.h"

#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>

#include "bpf/sample.h"
#include "profiler/array.h"
#include "profiler/interpreters/plugs.h"

#define LINES_MAX 65536 /* bytes of a line table: some thousand lines */

/* Hand on what there is to know of the code of FRAME, once. */
static int tell_code(struct look *l, struct process_memory *memory, uint32_t tgid,
		     const struct interpreter_frame *frame)
{
	uint64_t address = frame->code & INTERPRETER_CODE_MASK;
	size_t at = 0, size;
	uint32_t id;
	int err;

	if (id_map_next(&l->told, address, &at, &id))
		return 0;
	err = id_map_add(&l->told, address, 0);
	if (err)
		return err;
	*l->code = (struct sample_code){
		.type = RECORD_CODE,
		.tgid = tgid,
		.code = address,
		.check = frame->check,
	};
	size = l->plug->read_code(memory, &l->interpreter, address, l->code, LINES_MAX);
	return l->to.code(l->to.ctx, l->code, size);
}

static int add_interpreted(struct look *l, struct raw_copy *copy)
{
	struct process_memory memory = process_memory_of(l->memory);
	int err = 0;

	l->plug->read_stack(&memory, &l->interpreter, copy->thread.fsbase, l->stack);
	copy->interpreted = (struct raw_interpreted){
		.kind = l->interpreter.kind,
		.end = l->stack->end,
		.frames = l->stack->frames,
		.cnt = l->stack->cnt,
		.marks = l->stack->marks,
	};
	for (size_t i = 0; i < l->stack->cnt && !err; i++)
		err = tell_code(l, &memory, copy->tgid, &l->stack->frames[i]);
	return err;
}

static int on_copy(void *ctx, const struct raw_copy *raw)
{
	struct look *l = ctx;
	struct raw_copy copy = *raw;
	int err =
		array_reserve(&l->threads, sizeof(*l->threads), &l->thread_cap, l->thread_cnt + 1);

	if (err)
		return err;
	l->threads[l->thread_cnt++] = (struct look_thread){ raw->tid, raw->thread.state };
	if (l->plug)
		err = add_interpreted(l, &copy);
	return err ? err : l->to.copy(l->to.ctx, &copy);
}

static int on_sample(void *ctx, const struct raw_sample *sample)
{
	const struct look *l = ctx;

	return l->to.sample(l->to.ctx, sample);
}

struct source_sink look_sink(struct look *look)
{
	return (struct source_sink){ .ctx = look, .sample = on_sample, .copy = on_copy };
}

bool look_state(const struct look *look, uint32_t tid, uint32_t *state)
{
	for (size_t i = 0; i < look->thread_cnt; i++) {
		if (look->threads[i].tid != tid)
			continue;
		*state = look->threads[i].state;
		return true;
	}
	return false;
}

int look_init(struct look *look, int memory, const struct interpreter *interpreter,
	      const struct source_sink *to)
{
	*look = (struct look){ .memory = memory, .to = *to };
	if (!interpreter)
		return 0;
	look->interpreter = *interpreter;
	look->plug = interpreter_plug(interpreter->kind);
	look->stack = malloc(sizeof(*look->stack));
	look->code = malloc(sizeof(*look->code) + LINES_MAX);
	return look->stack && look->code ? 0 : -ENOMEM;
}

void look_fini(struct look *look)
{
	free(look->stack);
	free(look->code);
	free(look->threads);
	id_map_fini(&look->told);
}
