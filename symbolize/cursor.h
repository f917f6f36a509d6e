/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cursor.h - read the encodings of call frame information, byte by byte.
 *
 * A read past the end sets `bad` and yields 0; callers look once, at the end.
 *
 * Source:    DWARF 5, 7.6 (LEB128); LSB 5.0 Core, 10.5.1 (DW_EH_PE_*).
 * Ownership: a cursor borrows its bytes.
 */
#ifndef SYMBOLIZE_CURSOR_H
#define SYMBOLIZE_CURSOR_H

#include "symbolize/ehframe.h"

#include <dwarf.h>
#include <string.h>

struct cursor {
	const uint8_t *p, *end;
	bool bad;
};

static inline uint64_t read_fixed(struct cursor *c, size_t size)
{
	uint64_t v = 0;

	if ((size_t)(c->end - c->p) < size) {
		c->bad = true;
		c->p = c->end;
		return 0;
	}
	memcpy(&v, c->p, size); /* the file's byte order is ours: ehframe_load() */
	c->p += size;
	return v;
}

static inline uint64_t read_leb128(struct cursor *c, bool is_signed)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64 && c->p < c->end; shift += 7) {
		uint8_t byte = *c->p++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (is_signed && (byte & 0x40) && shift + 7 < 64)
			v |= ~0ULL << (shift + 7);
		return v;
	}
	c->bad = true;
	return 0;
}

static inline uint64_t read_uleb(struct cursor *c)
{
	return read_leb128(c, false);
}

static inline int64_t read_sleb(struct cursor *c)
{
	return (int64_t)read_leb128(c, true);
}

/* A block is its length, then its bytes: augmentation data, expressions. */
static inline struct cursor read_block(struct cursor *c)
{
	uint64_t size = read_uleb(c);
	struct cursor block = { c->p, c->p, false };

	if (size > (uint64_t)(c->end - c->p)) {
		c->bad = true;
		size = 0;
	}
	c->p += size;
	block.end = c->p;
	return block;
}

/* The low half of a DW_EH_PE_* byte is the format: LSB Core, 10.5.1. */
static inline uint64_t read_encoded(struct cursor *c, uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_signed:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return read_fixed(c, 8);
	case DW_EH_PE_udata4:
		return read_fixed(c, 4);
	case DW_EH_PE_sdata4:
		return (uint64_t)(int64_t)(int32_t)read_fixed(c, 4);
	case DW_EH_PE_udata2:
		return read_fixed(c, 2);
	case DW_EH_PE_sdata2:
		return (uint64_t)(int64_t)(int16_t)read_fixed(c, 2);
	case DW_EH_PE_uleb128:
		return read_uleb(c);
	case DW_EH_PE_sleb128:
		return (uint64_t)read_sleb(c);
	}
	c->bad = true;
	return 0;
}

/*
 * The high half is what to add.  An indirect pointer would be in the process's
 * memory, and one relative to the function or aligned is for other sections.
 */
static inline uint64_t read_pointer(struct cursor *c, uint8_t encoding,
				    const struct ehframe_section *sec)
{
	uint64_t base = 0, at = sec->vaddr + (uint64_t)(c->p - sec->bytes);

	switch (encoding & 0xf0) {
	case DW_EH_PE_absptr:
		return read_encoded(c, encoding);
	case DW_EH_PE_pcrel:
		return at + read_encoded(c, encoding);
	case DW_EH_PE_textrel:
		base = sec->text_base;
		break;
	case DW_EH_PE_datarel:
		base = sec->data_base;
		break;
	}
	if (!base)
		c->bad = true;
	return base + read_encoded(c, encoding);
}

#endif /* SYMBOLIZE_CURSOR_H */
