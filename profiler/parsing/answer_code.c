// SPDX-License-Identifier: BSD-2-Clause
/* answer_code.c - see answer_code.h. */
#include "profiler/parsing/answer_code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/array.h"
#include "profiler/guard/message.h"
#include "symbolize/cursor.h"
#include "symbolize/word_map.h"

#define FRAME_SIZE  13 /* bytes of a frame in a list */
#define FRAMES_MAX  ((MESSAGE_SIZE - 5) / FRAME_SIZE)
#define ANSWER_SIZE 42 /* bytes of a record 'a' */

struct answer_frames {
	const struct sym_frame *frames;
	unsigned int cnt;
};

/* Encoding */

struct encoder {
	answer_sink sink;
	void *ctx;
	uint8_t bytes[MESSAGE_SIZE];
	size_t len;
	struct word_map strings, lists; /* the numbers of what was sent, by its address */
	uint32_t string_cnt, list_cnt;
};

static int flush(struct encoder *e)
{
	int err = e->len ? e->sink(e->ctx, e->bytes, e->len) : 0;

	e->len = 0;
	return err;
}

/* Make room for a record of SIZE bytes. */
static int begin_record(struct encoder *e, size_t size)
{
	return e->len + size > sizeof(e->bytes) ? flush(e) : 0;
}

static void put(struct encoder *e, const void *bytes, size_t len)
{
	memcpy(e->bytes + e->len, bytes, len);
	e->len += len;
}

static void put_u8(struct encoder *e, uint8_t value)
{
	put(e, &value, sizeof(value));
}

static void put_u32(struct encoder *e, uint32_t value)
{
	put(e, &value, sizeof(value));
}

static void put_u64(struct encoder *e, uint64_t value)
{
	put(e, &value, sizeof(value));
}

/* Numbers are kept as the map's pointers. */
static uint32_t number_of(const struct word_entry *entry)
{
	return (uint32_t)(uintptr_t)entry->value;
}

static void set_number(struct word_entry *entry, uint32_t number)
{
	entry->value = (const void *)(uintptr_t)number;
}

static int encode_string(struct encoder *e, const char *text, uint32_t *number)
{
	struct word_entry *entry;
	size_t len;
	int err;

	*number = 0;
	if (!text)
		return 0;
	err = word_map_get(&e->strings, (uintptr_t)text, &entry);
	if (err)
		return err;
	*number = number_of(entry);
	if (*number)
		return 0;
	*number = ++e->string_cnt;
	set_number(entry, *number);
	len = strnlen(text, ANSWER_STRING_MAX);
	err = begin_record(e, 5 + len);
	if (err)
		return err;
	put_u8(e, 's');
	put_u32(e, (uint32_t)len);
	put(e, text, len);
	return 0;
}

static int encode_strings_of(struct encoder *e, const struct sym_frame *frames, unsigned int cnt)
{
	uint32_t number;
	int err = 0;

	for (unsigned int i = 0; i < cnt && !err; i++) {
		err = encode_string(e, frames[i].name, &number);
		if (!err)
			err = encode_string(e, frames[i].call_file, &number);
	}
	return err;
}

/* Answers in one function have the same frames; a prefix of a list is not sent as such. */
static int encode_frames(struct encoder *e, const struct sym_answer *answer, uint32_t *number)
{
	unsigned int cnt = answer->frame_cnt < FRAMES_MAX ? answer->frame_cnt : FRAMES_MAX;
	struct word_entry *entry;
	uint32_t name, file;
	int err;

	*number = 0;
	if (!cnt)
		return 0;
	err = word_map_get(&e->lists, (uintptr_t)answer->frames ^ (uint64_t)cnt << 48, &entry);
	if (err)
		return err;
	*number = number_of(entry);
	if (*number)
		return 0;
	err = encode_strings_of(e, answer->frames, cnt);
	if (!err)
		err = begin_record(e, 5 + (size_t)cnt * FRAME_SIZE);
	if (err)
		return err;
	*number = ++e->list_cnt;
	set_number(entry, *number);
	put_u8(e, 'f');
	put_u32(e, cnt);
	for (unsigned int i = 0; i < cnt; i++) {
		encode_string(e, answer->frames[i].name, &name); /* it was sent: its number */
		encode_string(e, answer->frames[i].call_file, &file);
		put_u32(e, name);
		put_u32(e, file);
		put_u32(e, (uint32_t)answer->frames[i].call_line);
		put_u8(e, (uint8_t)answer->frames[i].kind);
	}
	return 0;
}

static int encode_answer(struct encoder *e, const struct sym_answer *answer, uint32_t index)
{
	uint32_t frames, file, dwarf_name;
	int err = encode_frames(e, answer, &frames);

	if (!err)
		err = encode_string(e, answer->file, &file);
	if (!err)
		err = encode_string(e, answer->dwarf_name, &dwarf_name);
	if (!err)
		err = begin_record(e, ANSWER_SIZE);
	if (err)
		return err;
	put_u8(e, 'a');
	put_u32(e, index);
	put_u8(e, (uint8_t)answer->reason);
	put_u64(e, answer->vaddr);
	put_u64(e, answer->sym_off);
	put_u32(e, frames);
	put_u32(e, file);
	put_u32(e, dwarf_name);
	put_u32(e, (uint32_t)answer->line);
	put_u32(e, answer->discriminator);
	return 0;
}

int answer_encode(struct sym_answer *const *answers, size_t cnt, answer_sink sink, void *ctx)
{
	struct encoder *e = calloc(1, sizeof(*e));
	int err = e ? 0 : -ENOMEM;

	if (err)
		return err;
	e->sink = sink;
	e->ctx = ctx;
	for (size_t i = 0; i < cnt && !err; i++)
		err = encode_answer(e, answers[i], (uint32_t)i);
	if (!err)
		err = flush(e);
	word_map_fini(&e->strings);
	word_map_fini(&e->lists);
	free(e);
	return err;
}

/* Decoding */

/* What the arena aligns to, and the pointer to it that is kept. */
#define OVERHEAD 32

static void *take(struct answer_decoder *d, size_t size, int *err)
{
	void *memory = NULL;

	if (*err)
		return NULL;
	if (size + OVERHEAD > d->room)
		*err = -ENOSPC;
	else if (!(memory = arena_alloc(d->arena, size)))
		*err = -ENOMEM;
	else
		d->room -= size + OVERHEAD;
	return memory;
}

/* The string that the next number names; NULL for 0. */
static const char *decode_reference(struct answer_decoder *d, struct cursor *c)
{
	uint32_t number = cursor_u32(c);

	if (!number)
		return NULL;
	if (number > d->string_cnt) {
		c->bad = true;
		return NULL;
	}
	return d->strings[number - 1];
}

static int decode_string(struct answer_decoder *d, struct cursor *c)
{
	uint32_t len = cursor_u32(c);
	int err =
		array_reserve(&d->strings, sizeof(*d->strings), &d->string_cap, d->string_cnt + 1);
	char *text;

	if (len > ANSWER_STRING_MAX || !cursor_has(c, len) || memchr(c->at, '\0', len))
		return -EPROTO;
	text = take(d, (size_t)len + 1, &err);
	if (err)
		return err;
	cursor_copy(c, text, len);
	d->strings[d->string_cnt++] = text;
	return 0;
}

static int decode_frames(struct answer_decoder *d, struct cursor *c)
{
	uint32_t cnt = cursor_u32(c);
	int err = array_reserve(&d->lists, sizeof(*d->lists), &d->list_cap, d->list_cnt + 1);
	struct sym_frame *frames;

	if (!cnt || cnt > FRAMES_MAX || !cursor_has(c, (uint64_t)cnt * FRAME_SIZE))
		return -EPROTO;
	frames = take(d, cnt * sizeof(*frames), &err);
	if (err)
		return err;
	for (uint32_t i = 0; i < cnt; i++) {
		uint8_t kind;

		frames[i].name = decode_reference(d, c);
		frames[i].call_file = decode_reference(d, c);
		frames[i].call_line = (int)cursor_u32(c);
		kind = cursor_u8(c);
		/* SYM_INTERPRETED is no file's to say. */
		if (!frames[i].name || kind > SYM_JIT)
			return -EPROTO;
		frames[i].kind = (enum sym_kind)kind;
	}
	d->lists[d->list_cnt++] = (struct answer_frames){ frames, cnt };
	return 0;
}

static int decode_answer(struct answer_decoder *d, struct cursor *c)
{
	struct answer_frames list = { 0 };
	struct sym_answer *answer, got = { 0 };
	uint32_t index = cursor_u32(c), number;
	uint8_t reason = cursor_u8(c);

	got.vaddr = cursor_u64(c);
	got.sym_off = cursor_u64(c);
	number = cursor_u32(c);
	got.file = decode_reference(d, c);
	got.dwarf_name = decode_reference(d, c);
	got.line = (int)cursor_u32(c);
	got.discriminator = cursor_u32(c);
	if (c->bad || index >= d->cnt || reason >= SYM_REASON_CNT || number > d->list_cnt ||
	    (reason == SYM_NAMED) != (number != 0))
		return -EPROTO;
	if (number)
		list = d->lists[number - 1];
	answer = d->answers[index];
	got.reason = (enum sym_reason)reason;
	got.frames = list.frames;
	got.frame_cnt = list.cnt;
	got.module = answer->module;
	*answer = got;
	return 0;
}

int answer_decode(struct answer_decoder *d, const uint8_t *bytes, size_t len)
{
	struct cursor c = { .at = bytes, .end = bytes + len };
	int err = 0;

	while (c.at < c.end && !err) {
		switch (cursor_u8(&c)) {
		case 's':
			err = decode_string(d, &c);
			break;
		case 'f':
			err = decode_frames(d, &c);
			break;
		case 'a':
			err = decode_answer(d, &c);
			break;
		default:
			err = -EPROTO;
		}
		if (!err && c.bad)
			err = -EPROTO;
	}
	return err;
}

void answer_decoder_fini(struct answer_decoder *d)
{
	free((void *)d->strings);
	free(d->lists);
	d->strings = NULL;
	d->lists = NULL;
}
