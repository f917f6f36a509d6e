// SPDX-License-Identifier: BSD-2-Clause
/* codes.c - see codes.h. */
#include "profiler/recording/codes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/array.h"
#include "profiler/id_map.h"
#include "profiler/interpreters/plugs.h"
#include "symbolize/arena.h"

#define BEHIND_ALL (1u << 30) /* an instruction that no code has */
#define LINES_MAX                                                                                  \
	((size_t)64 << 20) /* bytes of all line tables: a process may make code without end */

struct code {
	uint32_t tgid, check;
	uint64_t address;
	uint32_t kind, version, first_line;
	const char *name, *file;
	uint8_t *lines;
	size_t lines_size, lines_cap;
	uint32_t lines_len; /* of the process's: what is behind lines_size was not heard */
};

struct frame {
	uint32_t tgid, check;
	uint64_t address; /* of its code */
	uint32_t at;
	uint32_t
		line; /* as long as there are no more than lines_size bytes of its code's lines ... */
	size_t lines_size; /* ... and these are some */
};

struct codes {
	struct arena arena;
	struct code *all;
	size_t cnt, cap;
	struct id_map index; /* by hash */
	struct frame *frames;
	size_t frame_cnt, frame_cap;
	struct id_map frame_index; /* by hash */
	size_t lines_size;	   /* bytes of all line tables */
};

static uint64_t hash_of(uint32_t tgid, uint64_t address, uint32_t check, uint32_t at)
{
	uint64_t hash = (address ^ (uint64_t)tgid << 40) * 0x9e3779b97f4a7c15ULL;

	hash ^= hash >> 29;
	return (hash ^ check ^ (uint64_t)at << 32) * 0x9e3779b97f4a7c15ULL;
}

static struct code *find(const struct codes *c, uint32_t tgid, uint64_t address, uint32_t check)
{
	size_t at = 0;
	uint32_t id;

	while (id_map_next(&c->index, hash_of(tgid, address, check, 0), &at, &id)) {
		struct code *code = &c->all[id];

		if (code->tgid == tgid && code->address == address && code->check == check)
			return code;
	}
	return NULL;
}

/* RECORD has SIZE bytes more of the lines of CODE, unless they were heard or one before is missing. */
static int add_lines(struct codes *c, struct code *code, const struct sample_code *record,
		     size_t size)
{
	int err;

	if (record->lines_at != code->lines_size || size > LINES_MAX - c->lines_size)
		return 0;
	err = array_reserve(&code->lines, 1, &code->lines_cap, code->lines_size + size);
	if (err || !size)
		return err;
	memcpy(code->lines + code->lines_size, record->lines_bytes, size);
	code->lines_size += size;
	c->lines_size += size;
	return 0;
}

static int add_code(struct codes *c, const struct sample_code *record, struct code **out)
{
	struct code_text text;
	struct code code = {
		.tgid = record->tgid,
		.check = record->check,
		.address = record->code,
		.kind = record->kind,
		.version = record->version,
		.first_line = record->first_line,
		.lines_len = record->lines_len,
	};
	int err;

	interpreter_plug(record->kind)->read_text(record, &text);
	code.name = arena_copy(&c->arena, text.name, strlen(text.name));
	code.file = arena_copy(&c->arena, text.file, strlen(text.file));
	err = code.name && code.file ? 0 : -ENOMEM;
	if (!err)
		err = array_reserve(&c->all, sizeof(*c->all), &c->cap, c->cnt + 1);
	if (!err)
		err = id_map_add(&c->index, hash_of(code.tgid, code.address, code.check, 0),
				 (uint32_t)c->cnt);
	if (err)
		return err;
	*out = &c->all[c->cnt++];
	**out = code;
	return 0;
}

int codes_add(struct codes *c, const struct sample_code *record, size_t size)
{
	struct code *code = find(c, record->tgid, record->code, record->check);
	int err = 0;

	if (!interpreter_plug(record->kind))
		return 0;
	if (!code)
		err = add_code(c, record, &code);
	return err ? err
		   : add_lines(c, code, record, size - offsetof(struct sample_code, lines_bytes));
}

int codes_frame(struct codes *c, uint32_t tgid, const struct interpreter_frame *frame, uint32_t *id)
{
	const struct frame wanted = {
		.tgid = tgid,
		.check = frame->check,
		.address = frame->code & INTERPRETER_CODE_MASK,
		.at = frame->at,
	};
	uint64_t hash = hash_of(tgid, wanted.address, wanted.check, wanted.at);
	size_t at = 0;
	int err;

	while (id_map_next(&c->frame_index, hash, &at, id)) {
		const struct frame *found = &c->frames[*id];

		if (found->tgid == tgid && found->address == wanted.address &&
		    found->check == wanted.check && found->at == wanted.at)
			return 0;
	}
	*id = (uint32_t)c->frame_cnt;
	err = array_reserve(&c->frames, sizeof(*c->frames), &c->frame_cap, c->frame_cnt + 1);
	if (!err)
		err = id_map_add(&c->frame_index, hash, *id);
	if (!err)
		c->frames[c->frame_cnt++] = wanted;
	return err;
}

/* Of a table that was cut the last line may be any behind the cut. */
static uint32_t find_line(const struct code *code, uint32_t at)
{
	const struct interpreter_plug *plug = interpreter_plug(code->kind);
	uint32_t line =
		plug->line(code->version, code->lines, code->lines_size, code->first_line, at);

	if (code->lines_size < code->lines_len &&
	    line == plug->line(code->version, code->lines, code->lines_size, code->first_line,
			       BEHIND_ALL))
		return 0;
	return line;
}

/* A long table is not looked through again for each sample of a frame. */
static uint32_t line_of(struct frame *frame, const struct code *code)
{
	if (!frame->lines_size || frame->lines_size != code->lines_size) {
		frame->lines_size = code->lines_size;
		frame->line = find_line(code, frame->at);
	}
	return frame->line;
}

void codes_place(const struct codes *c, uint32_t id, struct code_place *out)
{
	struct frame *frame = &c->frames[id];
	const struct code *code = find(c, frame->tgid, frame->address, frame->check);

	*out = (struct code_place){ .lack = !frame->check ? CODE_UNREADABLE
					    : !code	  ? CODE_UNHEARD
							  : CODE_UNDECODED };
	if (!code || !*code->name)
		return;
	*out = (struct code_place){
		.name = code->name,
		.file = code->file,
		.first_line = code->first_line,
		.line = line_of(frame, code),
		.kind = code->kind,
	};
}

int codes_new(struct codes **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void codes_free(struct codes *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->cnt; i++)
		free(c->all[i].lines);
	arena_fini(&c->arena);
	id_map_fini(&c->index);
	id_map_fini(&c->frame_index);
	free(c->all);
	free(c->frames);
	free(c);
}
