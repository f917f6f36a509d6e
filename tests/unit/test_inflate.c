// SPDX-License-Identifier: BSD-2-Clause
/* test_inflate.c - what zlib deflates in its several ways comes back, in any steps. */
#include "tests/unit/row.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "symbolize/elf/inflate.h"

#define SIZE 300000 /* several blocks of every kind */

/* The next number of a sequence that looks random and is always the same. */
static uint32_t next_number(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Runs, repetitions at all distances, noise: what makes all kinds of codes. */
static void fill(uint8_t *bytes)
{
	uint32_t seed = 7;
	size_t at = 0;

	while (at < SIZE) {
		uint32_t kind = next_number(&seed) % 4, len = 1 + next_number(&seed) % 600;
		uint32_t back = 1 + next_number(&seed) % (kind ? 30000 : 20);

		for (; len && at < SIZE; len--, at++)
			bytes[at] = kind == 1 || back > at ? (uint8_t)next_number(&seed)
				    : kind == 2		   ? 'a' + next_number(&seed) % 9
							   : bytes[at - back];
	}
}

static size_t deflate_all(const uint8_t *bytes, int level, int strategy, uint8_t *out, size_t cap)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 15, 8, strategy), Z_OK);
	z.next_in = (Bytef *)bytes;
	z.avail_in = SIZE;
	z.next_out = out;
	z.avail_out = cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	cap = z.total_out;
	deflateEnd(&z);
	return cap;
}

/* IN in pieces of PIECE bytes, the output in steps of STEP. */
static int inflate_all(struct inflate *s, const uint8_t *in, size_t size, uint8_t *out,
		       size_t piece, size_t step)
{
	static uint8_t input[2 * SIZE];
	size_t at = 0, left = 0;
	int err = 0;

	inflate_begin(s, out, SIZE);
	while (!err && s->state != INFLATE_END && s->out < s->end) {
		size_t room = (size_t)(s->end - s->out);

		if (s->has_more && s->in_end - s->in < INFLATE_MIN_INPUT) {
			size_t more = size - at < piece ? size - at : piece;

			left = (size_t)(s->in_end - s->in);
			if (left)
				memmove(input, s->in, left);
			memcpy(input + left, in + at, more);
			/* What is behind the input must not matter. */
			memset(input + left + more, 0xa5, INFLATE_INPUT_SLACK);
			at += more;
			s->in = input;
			s->in_end = input + left + more;
			s->has_more = at < size;
		}
		err = inflate_go_on(s, s->out + (room < step ? room : step));
	}
	return err ? err : s->out == s->end ? 0 : -ENODATA;
}

struct buffers {
	uint8_t *bytes, *packed, *out;
	struct inflate *s;
};

static struct buffers new_buffers(void)
{
	struct buffers b = { malloc(SIZE), malloc(2 * SIZE), malloc(SIZE + INFLATE_SLACK),
			     malloc(sizeof(struct inflate)) };

	assert_true(b.bytes && b.packed && b.out && b.s);
	fill(b.bytes);
	return b;
}

static void free_buffers(struct buffers *b)
{
	free(b->bytes);
	free(b->packed);
	free(b->out);
	free(b->s);
}

static void inflates_every_kind_of_block(void **state)
{
	static const struct {
		const char *name;
		int level, strategy;
	} rows[] = {
		{ "stored", 0, Z_DEFAULT_STRATEGY },
		{ "fast", 1, Z_DEFAULT_STRATEGY },
		{ "usual", 6, Z_DEFAULT_STRATEGY },
		{ "best", 9, Z_DEFAULT_STRATEGY },
		{ "fixed codes", 9, Z_FIXED },
		{ "no matches", 9, Z_HUFFMAN_ONLY },
		{ "runs", 9, Z_RLE },
		{ "filtered", 5, Z_FILTERED },
	};
	static const size_t pieces[] = { 1, 1500, 65536, SIZE }, steps[] = { 1, 1000, SIZE };
	struct buffers b = new_buffers();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size =
			deflate_all(b.bytes, rows[i].level, rows[i].strategy, b.packed, 2 * SIZE);

		for (size_t p = 0; p < ARRAY_SIZE(pieces); p++) {
			size_t step = steps[p % ARRAY_SIZE(steps)];

			memset(b.out, 0, SIZE);
			ROW_EQUAL(rows[i].name,
				  inflate_all(b.s, b.packed, size, b.out, pieces[p], step), 0);
			ROW_TRUE(rows[i].name, !memcmp(b.out, b.bytes, SIZE));
		}
	}
	free_buffers(&b);
}

static void refuses_what_is_cut_short(void **state)
{
	struct buffers b = new_buffers();
	size_t size = deflate_all(b.bytes, 6, Z_DEFAULT_STRATEGY, b.packed, 2 * SIZE);

	/* The end of the last block and the checksum add nothing to the output. */
	for (size_t cut = 20; cut < size; cut += 997)
		assert_int_equal(inflate_all(b.s, b.packed, size - cut, b.out, SIZE, SIZE),
				 -ENOEXEC);
	assert_int_equal(inflate_all(b.s, b.packed, 0, b.out, SIZE, SIZE), -ENOEXEC);
	free_buffers(&b);
}

static void refuses_damage(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[8];
		size_t size;
	} rows[] = {
		{ "not zlib", { 0x1f, 0x8b, 8, 0 }, 4 },
		{ "a dictionary", { 0x78, 0xbb, 0, 0, 0, 0 }, 6 },
		{ "a block of type 3", { 0x78, 0x9c, 0x07 }, 3 },
		{ "a length that is not its inverse", { 0x78, 0x9c, 0x01, 5, 0, 0, 0 }, 7 },
		{ "a distance before the start", { 0x78, 0x9c, 0x03, 0x02 }, 4 },
	};
	struct buffers b = new_buffers();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].name,
			  inflate_all(b.s, rows[i].bytes, rows[i].size, b.out, SIZE, SIZE),
			  -ENOEXEC);
	free_buffers(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inflates_every_kind_of_block),
		cmocka_unit_test(refuses_what_is_cut_short),
		cmocka_unit_test(refuses_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
