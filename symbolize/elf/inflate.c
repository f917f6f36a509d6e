// SPDX-License-Identifier: BSD-2-Clause
/* inflate.c - see inflate.h. */
#include "symbolize/elf/inflate.h"

#include <errno.h>
#include <string.h>

#include "symbolize/elf/inflate_table.h"

#define LITLEN_CNT 288
#define DIST_CNT   32
#define MAX_MATCH  258
#define ROUNDED	   40 /* bytes; copies go beyond a match by less */

_Static_assert(INFLATE_SLACK >= MAX_MATCH + 3 + ROUNDED, "a step may end beyond the output");

/* Read input until there are at least 56 bits. */
static inline void refill(const uint8_t **in, uint64_t *bits, unsigned int *cnt)
{
	uint64_t word;

	memcpy(&word, *in, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	*bits |= word << *cnt;
	*in += (63 - *cnt) >> 3;
	*cnt |= 56;
}

/* Take CNT bits, 32 at the most; behind the input they are 0. */
static uint32_t take(struct inflate *s, unsigned int cnt)
{
	uint32_t value;

	if (s->bit_cnt < cnt && s->in <= s->in_end + 8)
		refill(&s->in, &s->bits, &s->bit_cnt);
	if (s->bit_cnt < cnt)
		return 0;
	value = (uint32_t)(s->bits & ((1ull << cnt) - 1));
	s->bits >>= cnt;
	s->bit_cnt -= cnt;
	return value;
}

/* Have bits been used that are behind the end? */
static bool is_overrun(const struct inflate *s)
{
	return s->in > s->in_end + s->bit_cnt / 8;
}

/* Take a symbol of the code that the lengths of the other codes are written in. */
static unsigned int take_len_symbol(struct inflate *s)
{
	uint32_t entry;

	if (s->bit_cnt < 7 && s->in <= s->in_end + 8)
		refill(&s->in, &s->bits, &s->bit_cnt);
	entry = s->dist[s->bits & 127];
	if (inflate_entry_type(entry) != INFLATE_LITERAL || inflate_entry_drop(entry) > s->bit_cnt)
		return UINT32_MAX;
	s->bits >>= inflate_entry_drop(entry);
	s->bit_cnt -= inflate_entry_drop(entry);
	return inflate_entry_value(entry);
}

static int read_lens(struct inflate *s, uint8_t *lens, unsigned int cnt)
{
	unsigned int done = 0;

	while (done < cnt) {
		unsigned int symbol = take_len_symbol(s), repeat = 1;
		uint8_t len = (uint8_t)symbol;

		if (symbol > 18 || is_overrun(s) || (symbol == 16 && !done))
			return -ENOEXEC;
		if (symbol == 16) {
			repeat = 3 + take(s, 2);
			len = lens[done - 1];
		} else if (symbol > 16) {
			repeat = symbol == 17 ? 3 + take(s, 3) : 11 + take(s, 7);
			len = 0;
		}
		if (repeat > cnt - done)
			return -ENOEXEC;
		memset(lens + done, len, repeat);
		done += repeat;
	}
	return 0;
}

/* Read the codes of a block: RFC 1951, 3.2.7. */
static int read_dynamic(struct inflate *s)
{
	static const uint8_t order[] = { 16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
					 11, 4,	 12, 3, 13, 2, 14, 1, 15 };
	uint8_t lens[LITLEN_CNT + DIST_CNT] = { 0 }, len_lens[19] = { 0 };
	unsigned int litlen_cnt = 257 + take(s, 5), dist_cnt = 1 + take(s, 5);
	unsigned int len_cnt = 4 + take(s, 4);
	int err;

	if (litlen_cnt > LITLEN_CNT)
		return -ENOEXEC;
	for (unsigned int i = 0; i < len_cnt; i++)
		len_lens[order[i]] = (uint8_t)take(s, 3);
	err = inflate_table_build(s->dist, 7, len_lens, sizeof(len_lens), INFLATE_OF_LENS);
	if (!err)
		err = read_lens(s, lens, litlen_cnt + dist_cnt);
	if (!err)
		err = inflate_table_build(s->litlen, INFLATE_LITLEN_BITS, lens, litlen_cnt,
					  INFLATE_OF_LITLENS);
	if (!err)
		err = inflate_table_build(s->dist, INFLATE_DIST_BITS, lens + litlen_cnt, dist_cnt,
					  INFLATE_OF_DISTS);
	return err;
}

/* Build the fixed codes: RFC 1951, 3.2.6. */
static int set_fixed(struct inflate *s)
{
	uint8_t lens[LITLEN_CNT];
	int err;

	memset(lens, 8, 144);
	memset(lens + 144, 9, 112);
	memset(lens + 256, 7, 24);
	memset(lens + 280, 8, 8);
	err = inflate_table_build(s->litlen, INFLATE_LITLEN_BITS, lens, LITLEN_CNT,
				  INFLATE_OF_LITLENS);
	memset(lens, 5, DIST_CNT);
	return err ? err
		   : inflate_table_build(s->dist, INFLATE_DIST_BITS, lens, DIST_CNT,
					 INFLATE_OF_DISTS);
}

/* Begin a stored block, which has whole bytes from here on: RFC 1951, 3.2.4. */
static int read_stored(struct inflate *s)
{
	uint32_t len, inverse;

	take(s, s->bit_cnt % 8);
	len = take(s, 16);
	inverse = take(s, 16);
	if (len != (inverse ^ 0xffff) || is_overrun(s))
		return -ENOEXEC;
	s->in -= s->bit_cnt / 8;
	s->bits = s->bit_cnt = 0;
	s->stored_left = len;
	s->state = INFLATE_STORED;
	return 0;
}

static int read_block(struct inflate *s)
{
	int err;

	s->is_last = take(s, 1);
	s->state = INFLATE_CODES;
	switch (take(s, 2)) {
	case 0:
		err = read_stored(s);
		break;
	case 1:
		err = set_fixed(s);
		break;
	case 2:
		err = read_dynamic(s);
		break;
	default:
		err = -ENOEXEC;
	}
	return err || is_overrun(s) ? -ENOEXEC : 0;
}

static int copy_stored(struct inflate *s)
{
	size_t len = s->stored_left;

	if (len > (size_t)(s->in_end - s->in))
		len = (size_t)(s->in_end - s->in);
	if (len > (size_t)(s->end - s->out) || (!len && s->stored_left && !s->has_more))
		return -ENOEXEC;
	memcpy(s->out, s->in, len);
	s->in += len;
	s->out += len;
	s->stored_left -= (uint32_t)len;
	if (!s->stored_left)
		s->state = s->is_last ? INFLATE_END : INFLATE_BLOCK;
	return 0;
}

/* Copy LEN bytes from DIST before OUT, which they may overlap; some more are overwritten. */
static inline void copy_match(uint8_t *out, uint64_t dist, unsigned int len)
{
	const uint8_t *from = out - dist;
	uint8_t *end = out + len;

	if (dist >= 16) {
		/* Most matches have no more than this. */
		memcpy(out, from, 16);
		while ((out += 16) < end) {
			from += 16;
			memcpy(out, from, 16);
		}
	} else if (dist >= 8) {
		do {
			memcpy(out, from, 8);
			out += 8;
			from += 8;
		} while (out < end);
	} else {
		do {
			*out++ = *from++;
		} while (out < end);
	}
}

/* Where decode() is.  As a step begins, `bits` has 56, and `entry` is that of the next code. */
struct inflate_step {
	const uint8_t *in;
	uint64_t bits;
	unsigned int cnt;
	uint8_t *out;
	uint32_t entry;
};

static inline void drop(struct inflate_step *p, unsigned int cnt)
{
	p->bits >>= cnt;
	p->cnt -= cnt;
}

/* Take the value of an entry, with its extra bits. */
static inline uint32_t take_value(struct inflate_step *p, uint32_t entry)
{
	uint32_t value = inflate_entry_value(entry) +
			 ((uint32_t)p->bits & ((1u << inflate_entry_extra(entry)) - 1));

	drop(p, inflate_entry_extra(entry));
	return value;
}

static inline uint32_t look_up(const struct inflate_step *p, const uint32_t *table,
			       unsigned int bits)
{
	return table[p->bits & ((1u << bits) - 1)];
}

/* Drop the code of ENTRY, and follow it into a second table if it is a link. */
static inline uint32_t follow(struct inflate_step *p, const uint32_t *table, uint32_t entry)
{
	drop(p, inflate_entry_drop(entry));
	if (__builtin_expect(inflate_entry_type(entry) == INFLATE_LINK, 0)) {
		entry = table[inflate_entry_value(entry) +
			      ((uint32_t)p->bits & ((1u << inflate_entry_extra(entry)) - 1))];
		drop(p, inflate_entry_drop(entry));
	}
	return entry;
}

static inline void begin_step(struct inflate_step *p, const uint32_t *litlen)
{
	refill(&p->in, &p->bits, &p->cnt);
	p->entry = look_up(p, litlen, INFLATE_LITLEN_BITS);
}

/*
 * Take up to three literals, or two and what is behind them: the two have 22 bits at most,
 * and a length 20.  The entry is a INFLATE_LITERAL if there were only literals.
 */
static inline uint32_t take_literals(struct inflate_step *p, const uint32_t *litlen)
{
	for (int i = 0; i < 2 && inflate_entry_type(p->entry) == INFLATE_LITERAL; i++) {
		drop(p, inflate_entry_drop(p->entry));
		*p->out++ = (uint8_t)inflate_entry_value(p->entry);
		p->entry = look_up(p, litlen, INFLATE_LITLEN_BITS);
	}
	p->entry = follow(p, litlen, p->entry);
	if (inflate_entry_type(p->entry) == INFLATE_LITERAL)
		*p->out++ = (uint8_t)inflate_entry_value(p->entry);
	return p->entry;
}

/* Decode the symbols of a block, as far as input and output go. */
static int decode(struct inflate *s, const uint8_t *stop)
{
	/* A step reads 3 * 8 bytes at the most; those behind the last input are there, and 0. */
	const uint8_t *limit = s->has_more ? s->in_end - 24 : s->in_end + 8;
	struct inflate_step p = { s->in, s->bits, s->bit_cnt, s->out, 0 };
	uint32_t entry, len, dist;
	int err = 0;

	begin_step(&p, s->litlen);
	while (p.out < stop && p.in <= limit) {
		entry = take_literals(&p, s->litlen);
		if (inflate_entry_type(entry) == INFLATE_LITERAL) {
			begin_step(&p, s->litlen);
			continue;
		}
		if (__builtin_expect(inflate_entry_type(entry) != INFLATE_BASE, 0)) {
			err = inflate_entry_value(entry) == 1 ? 0 : -ENOEXEC;
			s->state = s->is_last ? INFLATE_END : INFLATE_BLOCK;
			break;
		}
		len = take_value(&p, entry);
		refill(&p.in, &p.bits, &p.cnt);
		entry = follow(&p, s->dist, look_up(&p, s->dist, INFLATE_DIST_BITS));
		dist = take_value(&p, entry);
		if (inflate_entry_type(entry) != INFLATE_BASE ||
		    dist > (uint64_t)(p.out - s->start)) {
			err = -ENOEXEC;
			break;
		}
		/* With this before the copy, its bytes and the look-up are waited for together. */
		begin_step(&p, s->litlen);
		copy_match(p.out, dist, len);
		p.out += len;
	}
	s->in = p.in;
	s->bits = p.bits;
	s->bit_cnt = p.cnt;
	s->out = p.out;
	return err || p.out > s->end || is_overrun(s) ? -ENOEXEC : 0;
}

/* Read the header of the stream, which has method 8 and no dictionary: RFC 1950, 2.2. */
static int read_header(struct inflate *s)
{
	uint32_t method = take(s, 8), flags = take(s, 8);

	s->state = INFLATE_BLOCK;
	return is_overrun(s) || (method & 15) != 8 || (method << 8 | flags) % 31 || flags & 0x20
		       ? -ENOEXEC
		       : 0;
}

void inflate_begin(struct inflate *s, uint8_t *out, uint64_t size)
{
	s->in = s->in_end = NULL;
	s->has_more = true;
	s->bits = s->bit_cnt = 0;
	s->start = s->out = out;
	s->end = out + size;
	s->state = INFLATE_HEADER;
}

int inflate_go_on(struct inflate *s, const uint8_t *stop)
{
	int err = 0;

	while (!err && s->state != INFLATE_END && s->out < stop) {
		if (s->has_more && s->in_end - s->in < INFLATE_MIN_INPUT)
			return 0;
		switch (s->state) {
		case INFLATE_HEADER:
			err = read_header(s);
			break;
		case INFLATE_BLOCK:
			err = read_block(s);
			break;
		case INFLATE_STORED:
			err = copy_stored(s);
			break;
		case INFLATE_CODES:
			err = decode(s, stop);
			break;
		case INFLATE_END:
			break;
		}
	}
	return err;
}
