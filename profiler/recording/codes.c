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
#include "symbolize/process/owner.h"

#define BEHIND_ALL (1u << 30) /* an instruction that no code has */
#define BYTES_MAX  (32u << 20)

#define USER_KEY (1ULL << 32)

#define FRAME_NO_ROOM UINT32_MAX /* the number of all frames that there is no room for */

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

/* What each takes beside its text: arrays and indexes are up to twice as large as they are filled. */
#define CODE_BYTES  (2 * (sizeof(struct code) + 2 * sizeof(struct id_map_slot)))
#define FRAME_BYTES (2 * (sizeof(struct frame) + 2 * sizeof(struct id_map_slot)))

/* A process, or all of a user. */
struct holder {
	uint32_t user; /* of the process; OWNER_NONE: not known yet */
	size_t bytes;
	bool is_full;
};

struct codes {
	struct arena arena;
	size_t bytes; /* that are taken of BYTES_MAX */
	struct holder *holders;
	size_t holder_cnt, holder_cap;
	struct id_map holder_index; /* by process id, and by USER_KEY and the user */
	struct code *all;
	size_t cnt, cap;
	struct id_map index; /* by hash */
	struct frame *frames;
	size_t frame_cnt, frame_cap;
	struct id_map frame_index; /* by hash */
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

static int holder_of(struct codes *c, uint64_t key, uint32_t *id)
{
	int err = 0;

	if (!id_map_find(&c->holder_index, key, id)) {
		*id = (uint32_t)c->holder_cnt;
		err = array_reserve(&c->holders, sizeof(*c->holders), &c->holder_cap,
				    c->holder_cnt + 1);
		if (!err)
			err = id_map_add(&c->holder_index, key, *id);
		if (!err)
			c->holders[c->holder_cnt++] = (struct holder){ .user = OWNER_NONE };
	}
	return err;
}

/*
 * Take SIZE bytes for process TGID; -ENOSPC: it has its part.  USER may be OWNER_NONE, if code of the
 * process said whose it is.
 */
static int take_room(struct codes *c, uint32_t tgid, uint32_t user, size_t size)
{
	size_t left = BYTES_MAX - c->bytes;
	struct holder *process, *owner;
	uint32_t process_id, owner_id;
	int err = holder_of(c, tgid, &process_id);

	if (!err && user != OWNER_NONE)
		c->holders[process_id].user = user;
	if (!err)
		err = holder_of(c, USER_KEY | c->holders[process_id].user, &owner_id);
	if (err)
		return err;
	process = &c->holders[process_id];
	owner = &c->holders[owner_id];
	if (process->bytes + owner->bytes + size > left) {
		process->is_full = true;
		return -ENOSPC;
	}
	process->bytes += size;
	owner->bytes += size;
	c->bytes += size;
	return 0;
}

/* Make room for all of the lines of CODE, unless it is there; -ENOSPC: as take_room(). */
static int reserve_lines(struct codes *c, struct code *code)
{
	const uint32_t most = CODE_LINES_CNT * CODE_LINES_SIZE;
	uint32_t room = code->lines_len < most ? code->lines_len : most;
	uint8_t *lines;
	int err;

	if (code->lines_room >= room)
		return 0;
	err = take_room(c, code->tgid, OWNER_NONE, room);
	if (err)
		return err;
	lines = arena_alloc(&c->arena, room);
	if (!lines)
		return -ENOMEM;
	memcpy(lines, code->lines, code->lines_size);
	code->lines = lines;
	code->lines_room = room;
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

static int keep(struct codes *c, struct code *code, const struct code_text *text,
		const uint8_t *lines)
{
	size_t name_size = strlen(text->name), file_size = strlen(text->file);
	int err;

	code->name = arena_copy(&c->arena, text->name, name_size);
	code->file = arena_copy(&c->arena, text->file, file_size);
	code->lines = (uint8_t *)arena_copy(&c->arena, (const char *)lines, code->lines_size);
	err = code->name && code->file && code->lines ? 0 : -ENOMEM;
	if (!err)
		err = array_reserve(&c->all, sizeof(*c->all), &c->cap, c->cnt + 1);
	if (!err)
		err = id_map_add(&c->index, hash_of(code->tgid, code->address, code->check, 0),
				 (uint32_t)c->cnt);
	if (!err)
		c->all[c->cnt++] = *code;
	return err;
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
	err = take_room(c, code.tgid, record->user,
			CODE_BYTES + strlen(text.name) + strlen(text.file) + size);
	if (!err)
		err = keep(c, &code, &text, record->lines_bytes);
	return err;
}

int codes_add(struct codes *c, const struct sample_code *record, size_t size)
{
	struct code *code = find(c, record->tgid, record->code, record->check);
	uint32_t lines_size = (uint32_t)(size - offsetof(struct sample_code, lines_bytes));
	int err = 0;

	if (!interpreter_plug(record->kind))
		return 0;
	if (code)
		err = add_lines(c, code, record, lines_size);
	else if (!record->lines_at)
		err = add_code(c, record, lines_size);
	return err == -ENOSPC ? 0 : err;
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
	*id = FRAME_NO_ROOM;
	err = take_room(c, tgid, OWNER_NONE, FRAME_BYTES);
	if (err)
		return err == -ENOSPC ? 0 : err;
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

/* Why FRAME, of CODE, has no name; CODE_NAMED: it has one. */
static enum code_lack lack_of(const struct codes *c, const struct frame *frame,
			      const struct code *code)
{
	uint32_t holder;

	if (code)
		return *code->name ? CODE_NAMED : CODE_UNDECODED;
	if (!frame->check)
		return CODE_UNREADABLE;
	return id_map_find(&c->holder_index, frame->tgid, &holder) && c->holders[holder].is_full
		       ? CODE_NO_ROOM
		       : CODE_UNHEARD;
}

void codes_place(const struct codes *c, uint32_t id, struct code_place *out)
{
	struct frame *frame;
	const struct code *code;

	*out = (struct code_place){ .lack = CODE_NO_ROOM };
	if (id == FRAME_NO_ROOM)
		return;
	frame = &c->frames[id];
	code = find(c, frame->tgid, frame->address, frame->check);
	out->lack = lack_of(c, frame, code);
	if (out->lack)
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
	id_map_fini(&c->holder_index);
	free(c->holders);
	free(c->all);
	free(c->frames);
	free(c);
}
