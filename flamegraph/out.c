// SPDX-License-Identifier: BSD-2-Clause
/* out.c - a buffer in front of a FILE: no lock and no format string per number. */
#include "flamegraph/out.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define MAX_DECIMALS 6
#define EXACT_BOUND  1e15 /* every decimal of 15 digits has a double of its own */
#define LARGEST	     1e40 /* more than all samples of the world; 41 digits fit */

void out_init(struct out *o, FILE *f)
{
	o->f = f;
	o->err = 0;
	o->len = 0;
}

static void hand_over(struct out *o, const char *s, size_t len)
{
	if (o->err || !len)
		return;
	errno = 0;
	if (fwrite(s, 1, len, o->f) != len)
		o->err = errno ? -errno : -EIO;
}

int out_finish(struct out *o)
{
	hand_over(o, o->buf, o->len);
	o->len = 0;
	if (!o->err && fflush(o->f))
		o->err = errno ? -errno : -EIO;
	return o->err;
}

void out_bytes(struct out *o, const char *s, size_t len)
{
	if (len > OUT_SIZE - o->len) {
		hand_over(o, o->buf, o->len);
		o->len = 0;
		if (len > OUT_SIZE) {
			hand_over(o, s, len);
			return;
		}
	}
	memcpy(o->buf + o->len, s, len);
	o->len += len;
}

void out_str(struct out *o, const char *s)
{
	out_bytes(o, s, strlen(s));
}

/* Format VALUE / 10^DECIMALS without trailing zeros; returns the length. */
static size_t format_decimal(char *text, uint64_t value, unsigned int decimals)
{
	char digits[24];
	size_t cnt = 0, len = 0;

	while (decimals && value % 10 == 0) {
		value /= 10;
		decimals--;
	}
	do {
		digits[cnt++] = '0' + value % 10;
		value /= 10;
	} while (value || cnt <= decimals);
	while (cnt) {
		if (cnt == decimals)
			text[len++] = '.';
		text[len++] = digits[--cnt];
	}
	return len;
}

void out_hundredths(struct out *o, int64_t value)
{
	char text[32];
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;

	if (value < 0)
		out_bytes(o, "-", 1);
	out_bytes(o, text, format_decimal(text, size, 2));
}

size_t out_format_weight(char text[OUT_WEIGHT_SIZE], double weight)
{
	unsigned int decimals = 0;
	double scale = 1, bound = EXACT_BOUND;
	size_t len;

	if (weight >= bound) /* without a decimal point no locale matters */
		return snprintf(text, OUT_WEIGHT_SIZE, "%.0f", fmin(weight, LARGEST));
	if (weight != floor(weight))
		for (bound /= 10; decimals < MAX_DECIMALS && weight < bound; bound /= 10) {
			decimals++;
			scale *= 10;
		}
	len = format_decimal(text, llround(weight * scale), decimals);
	text[len] = '\0';
	return len;
}
