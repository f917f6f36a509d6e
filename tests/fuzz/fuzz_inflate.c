// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_inflate.c - any bytes are a zlib stream; what zlib makes of it, we do.
 *
 * zlib also refuses a wrong checksum and codes that are not complete.
 */
#include "symbolize/elf/inflate.h"
#include "tests/fuzz/check.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define OUT_SIZE (1 << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How much zlib inflates before the end, or an error. */
static size_t inflate_by_zlib(const uint8_t *data, size_t size, uint8_t *out)
{
	z_stream z = { .next_in = (Bytef *)data, .next_out = out };

	z.avail_in = size;
	z.avail_out = OUT_SIZE;
	check(inflateInit(&z) == Z_OK);
	inflate(&z, Z_FINISH);
	inflateEnd(&z);
	return OUT_SIZE - z.avail_out;
}

/* Of a whole copy, or in two parts. */
static size_t inflate_by_us(const uint8_t *data, size_t size, uint8_t *out, size_t first)
{
	struct inflate *s = malloc(sizeof(*s));
	uint8_t *input = calloc(1, size + INFLATE_INPUT_SLACK);
	size_t done;

	check(s && input);
	inflate_begin(s, out, OUT_SIZE);
	memcpy(input, data, size);
	s->in = input;
	s->in_end = input + first;
	s->has_more = first < size;
	if (!inflate_go_on(s, out + OUT_SIZE / 3) && s->state != INFLATE_END) {
		s->in_end = input + size;
		s->has_more = false;
		inflate_go_on(s, out + OUT_SIZE);
	}
	check(s->out >= s->start && s->out <= s->end + INFLATE_SLACK);
	done = (size_t)(s->out - s->start);
	free(input);
	free(s);
	return done < OUT_SIZE ? done : OUT_SIZE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t theirs[OUT_SIZE], ours[OUT_SIZE + INFLATE_SLACK];
	size_t first, their_size, our_size;

	if (!size)
		return 0;
	first = size * data[0] / 256;
	data++;
	size--;
	their_size = inflate_by_zlib(data, size, theirs);
	our_size = inflate_by_us(data, size, ours, first < size ? first : size);
	check(our_size >= their_size && !memcmp(ours, theirs, their_size));
	return 0;
}
