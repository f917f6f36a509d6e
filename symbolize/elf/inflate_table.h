/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inflate_table.h - the tables by which the codes of a deflated block are looked up.
 *
 * A first table has an entry for each value that its bits can have, and so several for a
 * short code.  Where it has no bits left for a code, its entry is a link to a second table.
 *
 * Source:    RFC 1951, 3.2.
 * Ownership: the entries are the caller's; inflate.h says how many there may be.
 * Errors:    -ENOEXEC damaged.
 * Threads:   no shared state.
 */
#ifndef SYMBOLIZE_ELF_INFLATE_TABLE_H
#define SYMBOLIZE_ELF_INFLATE_TABLE_H

#include <stdint.h>

/*
 * The next bits of the input are the index of an entry of a table.  Its bits:
 *   0-3    how many bits to drop: the code's, or its second half's in a second table
 *   4-7    how many extra bits follow the code, or index the second table of a link
 *   8-9    what it is
 *   16-31  the literal, the base of a length or distance, or where the second table is
 */
enum inflate_entry {
	INFLATE_ODD, /* the end of the block if the value is 1, else damage */
	INFLATE_LITERAL,
	INFLATE_BASE,
	INFLATE_LINK,
};

static inline unsigned int inflate_entry_drop(uint32_t entry)
{
	return entry & 15;
}

static inline unsigned int inflate_entry_extra(uint32_t entry)
{
	return entry >> 4 & 15;
}

static inline unsigned int inflate_entry_type(uint32_t entry)
{
	return entry >> 8 & 3;
}

static inline uint32_t inflate_entry_value(uint32_t entry)
{
	return entry >> 16;
}

/* What the symbols of a code are: RFC 1951, 3.2.5 and 3.2.7. */
enum inflate_symbols {
	INFLATE_OF_LITLENS, /* literals and lengths */
	INFLATE_OF_DISTS,   /* distances */
	INFLATE_OF_LENS,    /* the lengths of other codes */
};

/*
 * Build the tables of the code whose symbols, of which there are CNT, have codes of LENS
 * bits: RFC 1951, 3.2.2.  BITS index the first table.  Codes without a symbol are damage only
 * when they are met.
 */
int inflate_table_build(uint32_t *entries, unsigned int bits, const uint8_t *lens, unsigned int cnt,
			enum inflate_symbols symbols);

#endif /* SYMBOLIZE_ELF_INFLATE_TABLE_H */
