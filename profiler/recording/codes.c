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

/* Bytes of all tables that have more than a record: a process may make code without end. */
#define LONG_LINES_MAX ((size_t)64 << 20)

struct code {
	uint32_t tgid, check;
	uint64_t address;
	uint32_t kind, version, first_line;
	const char *name, *file;
	uint8_t *lines;
	uint32_t lines_size, lines_room; /* bytes that were heard, and that there is room for */
	uint32_t lines_len;		 /* that the process has */
};

struct frame {
	uint32_t tgid, check;
	uint64_t address; /* of its code */
	uint32_t at;
	uint32_t line, lines_size; /* found when so many bytes of its code's lines were there */
};

struct codes {
	struct arena arena;
	struct code *all;
	size_t cnt, cap;
	struct id_map index; /* by hash */
	struct frame *frames;
	size_t frame_cnt, frame_cap;
	struct id_map frame_index; /* by hash */
	size_t long_lines;	   /* bytes of tables that have more than a record */
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

/* Make room for all of the lines of CODE, unless it is there or all tables have too much. */
static int reserve_lines(struct codes *c, struct code *code)
{
	const uint32_t most = CODE_LINES_CNT * CODE_LINES_SIZE;
	uint32_t room = code->lines_len < most ? code->lines_len : most;
	uint8_t *lines;

	if (code->lines_room >= room || room > LONG_LINES_MAX - c->long_lines)
		return 0;
	lines = arena_alloc(&c->arena, room);
	if (!lines)
		return -ENOMEM;
	memcpy(lines, code->lines, code->lines_size);
	code->lines = lines;
	code->lines_room = room;
	c->long_lines += room;
	return 0;
}

/* RECORD has SIZE bytes more of the lines of CODE, unless they were heard or one before is missing. */
static int add_lines(struct codes *c, struct code *code, const struct sample_code *record,
		     uint32_t size)
{
	int err;

	if (!record->lines_at || record->lines_at != code->lines_size)
		return 0;
	err = reserve_lines(c, code);
	if (err || size > code->lines_room - code->lines_size)
		return err;
	memcpy(code->lines + code->lines_size, record->lines_bytes, size);
	code->lines_size += size;
	return 0;
}

static int add_code(struct codes *c, const struct sample_code *record, uint32_t size)
{
	struct code_text text;
	struct code code = {
		.tgid = record->tgid,
		.check = record->check,
		.address = record->code,
		.kind = record->kind,
		.version = record->version,
		.first_line = record->first_line,
		.lines_size = size,
		.lines_room = size,
		.lines_len = record->lines_len,
	};
	int err;

	interpreter_plug(record->kind)->read_text(record, &text);
	code.name = arena_copy(&c->arena, text.name, strlen(text.name));
	code.file = arena_copy(&c->arena, text.file, strlen(text.file));
	code.lines = (uint8_t *)arena_copy(&c->arena, (const char *)record->lines_bytes, size);
	err = code.name && code.file && code.lines ? 0 : -ENOMEM;
	if (!err)
		err = array_reserve(&c->all, sizeof(*c->all), &c->cap, c->cnt + 1);
	if (!err)
		err = id_map_add(&c->index, hash_of(code.tgid, code.address, code.check, 0),
				 (uint32_t)c->cnt);
	if (!err)
		c->all[c->cnt++] = code;
	return err;
}

int codes_add(struct codes *c, const struct sample_code *record, size_t size)
{
	struct code *code = find(c, record->tgid, record->code, record->check);
	uint32_t lines_size = (uint32_t)(size - offsetof(struct sample_code, lines_bytes));

	if (!interpreter_plug(record->kind))
		return 0;
	if (code)
		return add_lines(c, code, record, lines_size);
	return record->lines_at ? 0 : add_code(c, record, lines_size);
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
	arena_fini(&c->arena);
	id_map_fini(&c->index);
	id_map_fini(&c->frame_index);
	free(c->all);
	free(c->frames);
	free(c);
}
