// SPDX-License-Identifier: BSD-2-Clause
/*
 * python_stack.c - the frames that a thread of CPython has, read from outside; see python.h.
 *
 * The same steps as those of bpf/python.bpf.h, which has them explained.
 */
#include "profiler/interpreters/python.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct python_walk {
	struct process_memory *memory;
	const struct interpreter *info;
	struct interpreter_stack *out;
	uint64_t frame;		     /* the next one; 0: there is none */
	uint64_t marks;		     /* the next object on the C stack */
	uint64_t older, older_frame; /* where to begin if the innermost run is none */
	size_t run_cnt;
};

static uint64_t word_at(struct python_walk *w, uint64_t address)
{
	uint64_t word;

	return process_memory_word(w->memory, address, &word) ? 0 : word;
}

/* The field at OFF of what was read of a frame; of one that is not in it 0. */
static uint64_t field(const uint8_t frame[PYTHON_FRAME_MAX], size_t off, size_t size)
{
	uint64_t value = 0;

	if (off + size <= PYTHON_FRAME_MAX)
		memcpy(&value, frame + off, size);
	return value;
}

static enum interpreter_end begin(struct python_walk *w, uint64_t fsbase)
{
	const uint16_t *off = w->info->off;
	uint64_t state = word_at(w, fsbase + (uint64_t)(int64_t)w->info->slot);

	if (!state)
		return INTERPRETER_NO_STATE;
	if (word_at(w, state + off[PYTHON_THREAD_ID]) != fsbase)
		return INTERPRETER_NOT_HERE;
	w->frame = word_at(w, state + off[PYTHON_THREAD_FRAME]);
	if (w->info->flags & PYTHON_CFRAME && w->frame) {
		w->marks = w->frame;
		w->older = word_at(w, w->marks + off[PYTHON_CFRAME_PREVIOUS]);
		if (w->older)
			w->older_frame = word_at(w, w->older + off[PYTHON_CFRAME_FRAME]);
		w->frame = word_at(w, w->frame + off[PYTHON_CFRAME_FRAME]);
	} else if (w->info->flags & PYTHON_CFRAME_MARK) {
		w->marks = word_at(w, state + off[PYTHON_THREAD_CFRAME]);
	}
	return w->frame ? INTERPRETER_COMPLETE : INTERPRETER_NO_STATE;
}

static bool is_run_end(const struct python_walk *w)
{
	return !w->out->cnt || w->out->frames[w->out->cnt - 1].code & INTERPRETER_RUN_END;
}

/* The run ends; MARK is where on the C stack it is, 0: it is not known. */
static void end_run(struct python_walk *w, uint64_t mark)
{
	if (is_run_end(w))
		return;
	w->out->frames[w->out->cnt - 1].code |=
		INTERPRETER_RUN_END | (uint64_t)INTERPRETER_UNPAIRED << INTERPRETER_PAIR_SHIFT;
	w->out->marks[w->run_cnt++] = mark;
}

/* Does the innermost run end elsewhere than where the one before goes on?  Then begin there. */
static bool begin_older(struct python_walk *w)
{
	bool is_wrong = w->older_frame && w->frame != w->older_frame;

	if (is_wrong) {
		w->marks = w->older;
		w->frame = w->older_frame;
		w->out->cnt = w->run_cnt = 0;
	}
	w->older_frame = 0;
	return is_wrong;
}

/* There is nothing to be read any more. */
static bool stop_with(struct python_walk *w, enum interpreter_end end)
{
	w->frame = 0;
	if (begin_older(w))
		return false;
	w->out->end = end;
	return true;
}

static void add_frame(struct python_walk *w, const uint8_t frame[PYTHON_FRAME_MAX])
{
	const struct interpreter *info = w->info;
	uint64_t code = field(frame, info->off[PYTHON_FRAME_CODE], 8), at;

	if (info->flags & PYTHON_TAGGED)
		code &= ~1ULL;
	if (info->flags & PYTHON_EACH_RUN)
		at = field(frame, info->off[PYTHON_FRAME_AT], 4);
	else
		at = field(frame, info->off[PYTHON_FRAME_AT], 8) - code -
		     info->off[PYTHON_CODE_FIRST];
	w->out->frames[w->out->cnt++] = (struct interpreter_frame){
		.code = code & INTERPRETER_CODE_MASK,
		.check = 1,
		.at = (uint32_t)at,
	};
}

/* Take one frame; true: it was the last. */
static bool step(struct python_walk *w)
{
	const uint16_t *off = w->info->off;
	uint32_t flags = w->info->flags;
	uint64_t address = w->frame, mark = w->marks;
	uint8_t frame[PYTHON_FRAME_MAX] = { 0 }, owner;

	if (!address)
		return is_run_end(w) || stop_with(w, INTERPRETER_TORN);
	if (off[PYTHON_FRAME_SIZE] > sizeof(frame) ||
	    process_memory_read(w->memory, address, frame, off[PYTHON_FRAME_SIZE]))
		return stop_with(w, INTERPRETER_BAD_READ);
	owner = (uint8_t)field(frame, off[PYTHON_FRAME_MARK], 1);
	w->frame = field(frame, off[PYTHON_FRAME_PREVIOUS], 8);
	if (flags & PYTHON_SHIM_MARK && owner >= PYTHON_OWNER_SHIM) {
		if (!begin_older(w))
			end_run(w, address);
		return false;
	}
	if (w->out->cnt == INTERPRETER_FRAMES)
		return stop_with(w, INTERPRETER_TOO_DEEP);
	add_frame(w, frame);
	if (flags & PYTHON_EACH_RUN || (flags & PYTHON_CFRAME_MARK && owner)) {
		if (mark)
			w->marks = word_at(w, mark + off[PYTHON_CFRAME_PREVIOUS]);
		if (!begin_older(w))
			end_run(w, mark);
	}
	return false;
}

/* Frames, the shims between them, and those of a run that was none. */
#define STEPS_MAX (3 * INTERPRETER_FRAMES)

void python_read_stack(struct process_memory *memory, const struct interpreter *info,
		       uint64_t fsbase, struct interpreter_stack *out)
{
	struct python_walk w = { .memory = memory, .info = info, .out = out };

	out->cnt = 0;
	out->end = begin(&w, fsbase);
	if (out->end != INTERPRETER_COMPLETE)
		return;
	for (int i = 0; i < STEPS_MAX; i++) {
		if (step(&w))
			return;
	}
	out->end = INTERPRETER_TORN;
}

/* Code */

static uint64_t code_field(struct process_memory *memory, const struct interpreter *info,
			   uint64_t code, enum python_offset which, size_t size)
{
	uint64_t value = 0;

	return process_memory_read(memory, code + info->off[which], &value, size) ? 0 : value;
}

/* The text at OBJECT, of a longer one its end if TAIL says so: as bpf/python.bpf.h tells of one. */
static void read_text(struct process_memory *memory, const struct interpreter *info,
		      uint64_t object, uint8_t *to, size_t size, bool tail, uint32_t *len,
		      uint32_t *state)
{
	uint64_t length = code_field(memory, info, object, PYTHON_TEXT_LENGTH, 8), bytes, from;
	uint32_t kind = (uint32_t)code_field(memory, info, object, PYTHON_TEXT_STATE, 4) >>
			(info->off[PYTHON_TEXT_SHIFT] & 31);

	*len = *state = 0;
	if (length > UINT32_MAX)
		return;
	from = object +
	       info->off[kind & PYTHON_TEXT_IS_ASCII ? PYTHON_TEXT_ASCII : PYTHON_TEXT_COMPACT];
	bytes = length * (kind & PYTHON_TEXT_KIND);
	if (bytes > size) {
		from += tail ? bytes - size : 0;
		bytes = size;
	}
	if (process_memory_read(memory, from, to, bytes))
		return;
	*len = (uint32_t)length;
	*state = kind & (PYTHON_TEXT_KIND | PYTHON_TEXT_IS_COMPACT | PYTHON_TEXT_IS_ASCII);
}

size_t python_read_code(struct process_memory *memory, const struct interpreter *info,
			uint64_t code, struct sample_code *out, size_t lines_max)
{
	uint64_t lines = code_field(memory, info, code, PYTHON_CODE_LINES, 8), size;

	out->kind = info->kind;
	out->version = info->version;
	out->first_line = (uint32_t)code_field(memory, info, code, PYTHON_CODE_LINE, 4);
	read_text(memory, info, code_field(memory, info, code, PYTHON_CODE_NAME, 8), out->name,
		  sizeof(out->name), false, &out->name_len, &out->name_state);
	read_text(memory, info, code_field(memory, info, code, PYTHON_CODE_FILE, 8), out->file,
		  sizeof(out->file), true, &out->file_len, &out->file_state);
	size = code_field(memory, info, lines, PYTHON_BYTES_LENGTH, 8);
	out->lines_len = size > UINT32_MAX ? 0 : (uint32_t)size;
	size = out->lines_len < lines_max ? out->lines_len : lines_max;
	if (process_memory_read(memory, lines + info->off[PYTHON_BYTES_DATA],
				(uint8_t *)out + offsetof(struct sample_code, lines_bytes), size))
		size = 0;
	return offsetof(struct sample_code, lines_bytes) + size;
}
