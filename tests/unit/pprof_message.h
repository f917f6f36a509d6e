/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pprof_message.h - the bytes of a pprof file taken apart.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_PPROF_MESSAGE_H
#define TESTS_UNIT_PPROF_MESSAGE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "flamegraph/pprof/gunzip.h"
#include "flamegraph/pprof/pprof.pb-c.h"
#include "tests/unit/stacks.h"

#define MAX_MESSAGE (1 << 20)

static inline Pprof__Profile *unpack(const char *bytes, size_t len)
{
	FILE *f = stream_of(bytes, len);
	Pprof__Profile *m;
	uint8_t *data;
	size_t size;

	assert_int_equal(gunzip(f, MAX_MESSAGE, &data, &size), 0);
	m = pprof__profile__unpack(NULL, size, data);
	assert_non_null(m);
	fclose(f);
	free(data);
	return m;
}

/* Valid until the eighth call after it. */
static inline const char *text_of(const Pprof__Profile *m, int64_t index)
{
	static char texts[8][4096];
	static size_t next;
	char *text = texts[next++ % (sizeof(texts) / sizeof(texts[0]))];

	assert_in_range(index, 0, m->n_strings - 1);
	snprintf(text, sizeof(texts[0]), "%.*s", (int)m->strings[index].len,
		 (char *)m->strings[index].data);
	return text;
}

#endif /* TESTS_UNIT_PPROF_MESSAGE_H */
