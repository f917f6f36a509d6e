// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_answers.c - any bytes are the answers of a parser: each is sound, or was never given, and
 * what was taken comes out of its own bytes as it is.
 *
 * The first byte is how many answers there are, the next two how many bytes of the rest the first of
 * two messages has.
 */
#include "profiler/parsing/answer_code.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tests/fuzz/check.h"

#define ANSWERS 16
#define ROOM	((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answers {
	struct sym_answer answers[ANSWERS], *list[ANSWERS];
	struct arena arena;
	struct answer_decoder d;
};

static void begin(struct answers *a, size_t cnt)
{
	memset(a, 0, sizeof(*a));
	for (size_t i = 0; i < cnt; i++) {
		a->answers[i] = (struct sym_answer){ .reason = SYM_TOO_COSTLY, .module = "m" };
		a->list[i] = &a->answers[i];
	}
	a->d = (struct answer_decoder){
		.arena = &a->arena, .answers = a->list, .cnt = cnt, .room = ROOM
	};
}

static void end(struct answers *a)
{
	check(a->d.room <= ROOM);
	answer_decoder_fini(&a->d);
	arena_fini(&a->arena);
}

/* Read to their ends: the sanitizer looks on. */
static void check_text(const char *text)
{
	check(!text || strlen(text) <= ANSWER_STRING_MAX);
}

static void check_answer(const struct sym_answer *a)
{
	check(a->reason < SYM_REASON_CNT && (a->reason == SYM_NAMED) == (a->frame_cnt > 0));
	check(!strcmp(a->module, "m"));
	check_text(a->file);
	check_text(a->dwarf_name);
	for (unsigned int i = 0; i < a->frame_cnt; i++) {
		check(a->frames[i].name && a->frames[i].kind <= SYM_JIT);
		check_text(a->frames[i].name);
		check_text(a->frames[i].call_file);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void check_same(const struct sym_answer *a, const struct sym_answer *b)
{
	check(a->reason == b->reason && a->frame_cnt == b->frame_cnt);
	check(a->vaddr == b->vaddr && a->sym_off == b->sym_off);
	check(a->line == b->line && a->discriminator == b->discriminator);
	check(same_text(a->file, b->file) && same_text(a->dwarf_name, b->dwarf_name));
	for (unsigned int i = 0; i < a->frame_cnt; i++) {
		check(same_text(a->frames[i].name, b->frames[i].name));
		check(same_text(a->frames[i].call_file, b->frames[i].call_file));
		check(a->frames[i].kind == b->frames[i].kind);
		check(a->frames[i].call_line == b->frames[i].call_line);
	}
}

static int decode_again(void *ctx, const uint8_t *bytes, size_t len)
{
	struct answers *again = ctx;

	check(!answer_decode(&again->d, bytes, len));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct answers a, again;
	size_t cnt, first;
	int err;

	if (size < 3)
		return 0;
	cnt = 1 + data[0] % ANSWERS;
	first = data[1] | (size_t)data[2] << 8;
	data += 3;
	size -= 3;
	first = first < size ? first : size;
	begin(&a, cnt);
	err = answer_decode(&a.d, data, first);
	if (!err)
		err = answer_decode(&a.d, data + first, size - first);
	check(!err || err == -EPROTO || err == -ENOSPC);
	for (size_t i = 0; i < cnt; i++)
		check_answer(&a.answers[i]);
	begin(&again, cnt);
	check(!answer_encode(a.list, cnt, decode_again, &again));
	for (size_t i = 0; i < cnt; i++)
		check_same(&a.answers[i], &again.answers[i]);
	end(&again);
	end(&a);
	return 0;
}
