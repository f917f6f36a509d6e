// SPDX-License-Identifier: BSD-2-Clause
/* inflate_table.c - see inflate_table.h. */
#include "symbolize/elf/inflate_table.h"

#include <errno.h>
#include <string.h>

#define MAX_CODE_LEN 15

#define ENTRY(type, extra, value)                                                                  \
	((uint32_t)(type) << 8 | (uint32_t)(extra) << 4 | (uint32_t)(value) << 16)

/* The entry of a literal or length: RFC 1951, 3.2.5. */
static uint32_t litlen_entry(unsigned int symbol)
{
	static const uint16_t bases[] = { 3,  4,  5,  6,   7,	8,   9,	  10,  11, 13,
					  15, 17, 19, 23,  27,	31,  35,  43,  51, 59,
					  67, 83, 99, 115, 131, 163, 195, 227, 258 };
	static const uint8_t extras[] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
					  2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };

	if (symbol < 256)
		return ENTRY(INFLATE_LITERAL, 0, symbol);
	if (symbol == 256)
		return ENTRY(INFLATE_ODD, 0, 1);
	symbol -= 257;
	return symbol < sizeof(extras) ? ENTRY(INFLATE_BASE, extras[symbol], bases[symbol]) : 0;
}

static uint32_t dist_entry(unsigned int symbol)
{
	unsigned int extra = symbol < 4 ? 0 : symbol / 2 - 1;

	if (symbol >= 30)
		return 0;
	return ENTRY(INFLATE_BASE, extra,
		     symbol < 4 ? symbol + 1 : ((2 + symbol % 2) << extra) + 1);
}

static uint32_t plain_entry(unsigned int symbol)
{
	return ENTRY(INFLATE_LITERAL, 0, symbol);
}

static unsigned int reverse(unsigned int code, unsigned int len)
{
	unsigned int out = 0;

	for (; len; len--, code >>= 1)
		out = out << 1 | (code & 1);
	return out;
}

struct inflate_table {
	uint32_t *entries;
	unsigned int bits; /* bits that index the first table */
	unsigned int used; /* entries, second tables included */
	unsigned int max_len;
};

static void add_code(struct inflate_table *t, unsigned int code, unsigned int len, uint32_t entry)
{
	unsigned int link_bits = t->max_len - t->bits, step;
	uint32_t *entries = t->entries;

	code = reverse(code, len);
	if (len <= t->bits) {
		for (; code < 1u << t->bits; code += 1u << len)
			entries[code] = entry | len;
		return;
	}
	if (inflate_entry_type(entries[code & ((1u << t->bits) - 1)]) != INFLATE_LINK) {
		entries[code & ((1u << t->bits) - 1)] =
			ENTRY(INFLATE_LINK, link_bits, t->used) | t->bits;
		memset(&entries[t->used], 0, sizeof(*entries) << link_bits);
		t->used += 1u << link_bits;
	}
	entries += inflate_entry_value(entries[code & ((1u << t->bits) - 1)]);
	len -= t->bits;
	step = 1u << len;
	for (code >>= t->bits; code < 1u << link_bits; code += step)
		entries[code] = entry | len;
}

static uint32_t (*const entry_of[])(unsigned int symbol) = {
	[INFLATE_OF_LITLENS] = litlen_entry,
	[INFLATE_OF_DISTS] = dist_entry,
	[INFLATE_OF_LENS] = plain_entry,
};

int inflate_table_build(uint32_t *entries, unsigned int bits, const uint8_t *lens, unsigned int cnt,
			enum inflate_symbols symbols)
{
	struct inflate_table t = { .entries = entries, .bits = bits, .used = 1u << bits };
	unsigned int per_len[MAX_CODE_LEN + 1] = { 0 }, next[MAX_CODE_LEN + 1], code = 0;

	for (unsigned int i = 0; i < cnt; i++)
		per_len[lens[i]]++;
	per_len[0] = 0;
	for (unsigned int len = 1; len <= MAX_CODE_LEN; len++) {
		code = (code + per_len[len - 1]) << 1;
		next[len] = code;
		/* There are more codes than their bits can tell apart. */
		if (code + per_len[len] > 1u << len)
			return -ENOEXEC;
		if (per_len[len])
			t.max_len = len;
	}
	memset(entries, 0, sizeof(*entries) << bits);
	for (unsigned int i = 0; i < cnt; i++) {
		if (lens[i])
			add_code(&t, next[lens[i]]++, lens[i], entry_of[symbols](i));
	}
	return 0;
}
