/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * out.h - buffered text output, and numbers as text that no locale changes.
 *
 * Ownership: the caller owns the struct and the stream in it.
 * Errors:    the first one is kept: nothing is written after it, and out_finish()
 *            returns it.
 */
#ifndef FLAMEGRAPH_OUT_H
#define FLAMEGRAPH_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define OUT_SIZE	16384 /* larger writes cost no less per byte */
#define OUT_WEIGHT_SIZE 48    /* the largest has 41 digits, and a NUL */

struct out {
	FILE *f;
	int err;
	size_t len; /* bytes of buf that f has not got yet */
	char buf[OUT_SIZE];
};

void out_init(struct out *o, FILE *f);
int out_finish(struct out *o); /* flushes o and f */

void out_bytes(struct out *o, const char *s, size_t len);
void out_str(struct out *o, const char *s);

/* Write VALUE hundredths with as few digits as it takes: 1250 as "12.5". */
void out_hundredths(struct out *o, int64_t value);

/*
 * Format WEIGHT with up to six decimals and 15 digits in all, so that reading the text
 * and writing it again gives the same text.  Returns its length, without NUL.
 */
size_t out_format_weight(char text[OUT_WEIGHT_SIZE], double weight);

#endif /* FLAMEGRAPH_OUT_H */
