/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cursor.h - reads the encodings of DWARF and of call frame information, never beyond
 * the end of their bytes.
 *
 * What would be read behind the end is 0, and from then on the cursor is bad and
 * at its end: a loop over it ends, and its user looks at `bad` once.
 *
 * Source:    DWARF 5, 7.4 (lengths), 7.6 (LEB128).  Bytes are in the order of this machine:
 *            elf/image.h refuses the other one.
 * Ownership: a cursor borrows its bytes.
 */
#ifndef SYMBOLIZE_CURSOR_H
#define SYMBOLIZE_CURSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *at, *end;
	bool bad;
};

static inline uint64_t cursor_left(const struct cursor *c)
{
	return (uint64_t)(c->end - c->at);
}

static inline bool cursor_has(struct cursor *c, uint64_t size)
{
	if (size <= cursor_left(c))
		return true;
	c->bad = true;
	c->at = c->end;
	return false;
}

static inline void cursor_skip(struct cursor *c, uint64_t size)
{
	if (cursor_has(c, size))
		c->at += size;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	return cursor_has(c, 1) ? *c->at++ : 0;
}

/* Copy SIZE bytes; false, and nothing is read, if there are fewer. */
static inline bool cursor_copy(struct cursor *c, void *to, size_t size)
{
	if (!cursor_has(c, size))
		return false;
	memcpy(to, c->at, size);
	c->at += size;
	return true;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	uint16_t value;

	return cursor_copy(c, &value, sizeof(value)) ? value : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	uint32_t value;

	return cursor_copy(c, &value, sizeof(value)) ? value : 0;
}

static inline uint64_t cursor_u64(struct cursor *c)
{
	uint64_t value;

	return cursor_copy(c, &value, sizeof(value)) ? value : 0;
}

/* Read a number of SIZE bytes: 1, 2, 4 or 8, or 3 for the odd DW_FORM_strx3. */
static inline uint64_t cursor_sized(struct cursor *c, unsigned int size)
{
	uint64_t low;

	switch (size) {
	case 1:
		return cursor_u8(c);
	case 2:
		return cursor_u16(c);
	case 3:
		low = cursor_u16(c);
		return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			       ? low | (uint64_t)cursor_u8(c) << 16
			       : low << 8 | cursor_u8(c);
	case 4:
		return cursor_u32(c);
	default:
		return cursor_u64(c);
	}
}

/* Read a LEB128; more than ten bytes, which 64 bits need at most, are damage. */
static inline uint64_t cursor_leb(struct cursor *c, bool is_signed)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64 && c->at < c->end; shift += 7) {
		uint8_t byte = *c->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (is_signed && (byte & 0x40) && shift + 7 < 64)
			value |= ~(uint64_t)0 << (shift + 7);
		return value;
	}
	c->bad = true;
	c->at = c->end;
	return 0;
}

static inline uint64_t cursor_uleb(struct cursor *c)
{
	return cursor_leb(c, false);
}

static inline int64_t cursor_sleb(struct cursor *c)
{
	return (int64_t)cursor_leb(c, true);
}

static inline void cursor_skip_leb(struct cursor *c)
{
	while (cursor_has(c, 1) && *c->at++ & 0x80)
		;
}

/* Take the NUL-terminated string here; it is "", and the cursor bad, if it has no end. */
static inline const char *cursor_string(struct cursor *c)
{
	const char *text = (const char *)c->at;
	const uint8_t *nul = c->at < c->end ? memchr(c->at, '\0', cursor_left(c)) : NULL;

	if (!nul) {
		c->bad = true;
		c->at = c->end;
		return "";
	}
	c->at = nul + 1;
	return text;
}

/* Take a length and as many bytes behind it, as of expressions and augmentation data. */
static inline struct cursor cursor_block(struct cursor *c)
{
	uint64_t size = cursor_uleb(c);
	struct cursor block = { .at = c->at };

	cursor_skip(c, size);
	block.end = c->bad ? block.at : c->at;
	return block;
}

/* Read a length, and with it the size of offsets in what follows: DWARF 5, 7.4. */
static inline uint64_t cursor_length(struct cursor *c, uint8_t *off_size)
{
	uint64_t len = cursor_u32(c);

	*off_size = 4;
	if (len == 0xffffffff) {
		*off_size = 8;
		return cursor_u64(c);
	}
	/* The values from here up are reserved. */
	if (len >= 0xfffffff0) {
		c->bad = true;
		c->at = c->end;
	}
	return len;
}

#endif /* SYMBOLIZE_CURSOR_H */
