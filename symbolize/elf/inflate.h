/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inflate.h - zlib streams, inflated step by step into one buffer.
 *
 * Two thirds of the time to name addresses in a debug file go into inflating it.  zlib
 * inflates into any buffer and so keeps a window of its own.  Here the output stays
 * where it is and is the window, which saves the copy, and the input is read 64 bits at
 * a time: that is twice as fast.  The checksum is not verified, as the DWARF behind it
 * is not believed anyway.
 *
 * Source:    RFC 1950, RFC 1951.
 * Ownership: input and output are the caller's.
 * Errors:    -ENOEXEC damaged.
 * Threads:   one stream, one thread.
 */
#ifndef SYMBOLIZE_ELF_INFLATE_H
#define SYMBOLIZE_ELF_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INFLATE_INPUT_SLACK 32	  /* bytes that may be read, and are ignored, behind the input */
#define INFLATE_MIN_INPUT   1024  /* bytes that are wanted: a block's header is read at once */
#define INFLATE_WINDOW	    32768 /* bytes before the output that are read again */
#define INFLATE_SLACK	    320	  /* bytes that may be written behind the output */

#define INFLATE_LITLEN_BITS 11 /* codes up to here need one look-up; 8 KiB stays in the L1 */
#define INFLATE_DIST_BITS   8
/* The tables for longer codes lie behind; Kraft's sum bounds them for 288 and 30 codes. */
#define INFLATE_LITLEN_SIZE ((1 << INFLATE_LITLEN_BITS) + 288 * (1 << 4))
#define INFLATE_DIST_SIZE   ((1 << INFLATE_DIST_BITS) + 32 * (1 << 7))

struct inflate {
	const uint8_t *in, *in_end;
	bool has_more; /* the caller has input behind in_end */
	uint64_t bits; /* bits that are read but not used, the next one lowest */
	unsigned int bit_cnt;
	uint8_t *start, *out, *end; /* the output; it goes on at `out` */
	enum { INFLATE_HEADER, INFLATE_BLOCK, INFLATE_STORED, INFLATE_CODES, INFLATE_END } state;
	bool is_last;
	uint32_t stored_left;
	uint32_t litlen[INFLATE_LITLEN_SIZE], dist[INFLATE_DIST_SIZE];
};

/* Begin a stream.  OUT has memory for SIZE bytes and INFLATE_SLACK more. */
void inflate_begin(struct inflate *s, uint8_t *out, uint64_t size);

/*
 * Go on until the output reaches STOP, the stream ends, or less than INFLATE_MIN_INPUT is
 * left of an input that has more.  Then the caller sets `in` to what is left and more.
 */
int inflate_go_on(struct inflate *s, const uint8_t *stop);

#endif /* SYMBOLIZE_ELF_INFLATE_H */
