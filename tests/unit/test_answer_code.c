// SPDX-License-Identifier: BSD-2-Clause
/* Answers come out of their bytes as they went in, and damaged bytes are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profiler/parsing/answer_code.h"

#define ROOM ((size_t)1 << 20)

struct bytes {
	uint8_t *at;
	size_t len;
};

static int keep(void *ctx, const uint8_t *bytes, size_t len)
{
	struct bytes *b = ctx;

	b->at = realloc(b->at, b->len + len);
	assert_non_null(b->at);
	memcpy(b->at + b->len, bytes, len);
	b->len += len;
	return 0;
}

static int decode(struct arena *arena, const struct bytes *b, size_t room,
		  struct sym_answer **answers, size_t cnt)
{
	struct answer_decoder d = {
		.arena = arena,
		.answers = answers,
		.cnt = cnt,
		.room = room,
	};
	int err = answer_decode(&d, b->at, b->len);

	answer_decoder_fini(&d);
	return err;
}

static const struct sym_frame inlined[] = {
	{ .name = "outer", .kind = SYM_USER },
	{ .name = "inner", .kind = SYM_INLINED, .call_line = 7, .call_file = "/src/a.c" },
};

static struct sym_answer want[] = {
	{ .reason = SYM_NAMED,
	  .frames = inlined,
	  .frame_cnt = 2,
	  .sym_off = 16,
	  .vaddr = 0x401010,
	  .file = "/src/b.c",
	  .line = 9,
	  .discriminator = 3,
	  .dwarf_name = "_Zouter" },
	{ .reason = SYM_NAMED, .frames = inlined, .frame_cnt = 1, .vaddr = 1ULL << 63 },
	{ .reason = SYM_STRIPPED, .vaddr = 5 },
};
#define CNT (sizeof(want) / sizeof(want[0]))

static void encode(struct bytes *b)
{
	struct sym_answer *list[CNT];

	for (size_t i = 0; i < CNT; i++)
		list[i] = &want[i];
	assert_int_equal(answer_encode(list, CNT, keep, b), 0);
}

static void same_text(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

static void same_answer(const struct sym_answer *a, const struct sym_answer *b)
{
	assert_int_equal(a->reason, b->reason);
	assert_int_equal(a->frame_cnt, b->frame_cnt);
	assert_true(a->vaddr == b->vaddr && a->sym_off == b->sym_off);
	assert_int_equal(a->line, b->line);
	assert_int_equal(a->discriminator, b->discriminator);
	same_text(a->file, b->file);
	same_text(a->dwarf_name, b->dwarf_name);
	for (unsigned int i = 0; i < a->frame_cnt; i++) {
		same_text(a->frames[i].name, b->frames[i].name);
		same_text(a->frames[i].call_file, b->frames[i].call_file);
		assert_int_equal(a->frames[i].kind, b->frames[i].kind);
		assert_int_equal(a->frames[i].call_line, b->frames[i].call_line);
	}
}

static void test_round(void **state)
{
	struct sym_answer got[CNT] = { { .module = "kept" } }, *list[CNT];
	struct arena arena = { 0 };
	struct bytes b = { 0 };

	(void)state;
	encode(&b);
	for (size_t i = 0; i < CNT; i++)
		list[i] = &got[i];
	assert_int_equal(decode(&arena, &b, ROOM, list, CNT), 0);
	for (size_t i = 0; i < CNT; i++)
		same_answer(&got[i], &want[i]);
	assert_string_equal(got[0].module, "kept");
	arena_fini(&arena);
	free(b.at);
}

static void test_long_name(void **state)
{
	char *name = malloc(2 * ANSWER_STRING_MAX);
	struct sym_frame frame = { .name = name };
	struct sym_answer answer = { .frames = &frame, .frame_cnt = 1 }, got = { 0 };
	struct sym_answer *list = &answer, *out = &got;
	struct arena arena = { 0 };
	struct bytes b = { 0 };

	(void)state;
	memset(name, 'x', 2 * ANSWER_STRING_MAX - 1);
	name[2 * ANSWER_STRING_MAX - 1] = '\0';
	assert_int_equal(answer_encode(&list, 1, keep, &b), 0);
	assert_int_equal(decode(&arena, &b, ROOM, &out, 1), 0);
	assert_int_equal(strlen(got.frames[0].name), ANSWER_STRING_MAX);
	arena_fini(&arena);
	free(b.at);
	free(name);
}

static void refused(const char *row, const void *bytes, size_t len, int err)
{
	struct bytes b = { (uint8_t *)bytes, len };
	struct sym_answer got = { 0 }, *list = &got;
	struct arena arena = { 0 };
	int is = decode(&arena, &b, 4096, &list, 1);

	if (is != err)
		fail_msg("[%s] %d, want %d", row, is, err);
	arena_fini(&arena);
}

#define REFUSED(row, text, err) refused(row, text, sizeof(text) - 1, err)
#define ANSWER(index, reason, list, file)                                                          \
	"a" index "\0\0\0" reason "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" list "\0\0\0" file "\0\0\0"   \
	"\0\0\0\0\0\0\0\0\0\0\0\0"

static void test_damage(void **state)
{
	(void)state;
	REFUSED("no such record", "x", -EPROTO);
	REFUSED("a string that is cut off", "s\5\0\0\0abc", -EPROTO);
	REFUSED("a string that is too long", "s\0\0\0\1abc", -EPROTO);
	REFUSED("a NUL in a string", "s\3\0\0\0a\0c", -EPROTO);
	REFUSED("no frames", "f\0\0\0\0", -EPROTO);
	REFUSED("a million frames", "f\x40\x42\xf\0", -EPROTO);
	REFUSED("a frame of a string that never came", "f\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0",
		-EPROTO);
	REFUSED("a frame without a name", "f\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", -EPROTO);
	/* A parser reads files, and interpreters' frames are in none. */
	REFUSED("a frame of an interpreter", "s\1\0\0\0nf\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\4",
		-EPROTO);
	REFUSED("a frame of no kind", "s\1\0\0\0nf\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\x9", -EPROTO);
	REFUSED("an answer", ANSWER("\0", "\1", "\0", "\0"), 0);
	REFUSED("an answer that is cut off", "a\0\0\0\0\1\0\0", -EPROTO);
	REFUSED("an answer that was not asked for", ANSWER("\1", "\1", "\0", "\0"), -EPROTO);
	REFUSED("no such reason", ANSWER("\0", "\x7f", "\0", "\0"), -EPROTO);
	REFUSED("frames that never came", ANSWER("\0", "\0", "\1", "\0"), -EPROTO);
	REFUSED("named without frames", ANSWER("\0", "\0", "\0", "\0"), -EPROTO);
	REFUSED("a file that never came", ANSWER("\0", "\1", "\0", "\1"), -EPROTO);
}

/* A thousand empty strings take more than they seem to. */
static void test_room(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		keep(&b, (const uint8_t *)"s\0\0\0\0", 5);
	refused("many strings", b.at, b.len, -ENOSPC);
	free(b.at);
}

/* Whatever byte is another one, there is an end, and nothing is read behind it. */
static void test_each_byte(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	encode(&b);
	for (size_t i = 0; i < b.len; i++) {
		uint8_t was = b.at[i];

		for (int value = 0; value < 256; value += 5) {
			struct sym_answer got[CNT] = { 0 }, *list[CNT];
			struct arena arena = { 0 };

			b.at[i] = (uint8_t)value;
			for (size_t k = 0; k < CNT; k++)
				list[k] = &got[k];
			decode(&arena, &b, ROOM, list, CNT);
			for (size_t k = 0; k < CNT; k++)
				assert_true(got[k].reason < SYM_REASON_CNT);
			arena_fini(&arena);
		}
		b.at[i] = was;
	}
	free(b.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),	  cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_damage),	  cmocka_unit_test(test_room),
		cmocka_unit_test(test_each_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
