/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stacks.h - profiles for tests, from folded text and back to it.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_STACKS_H
#define TESTS_UNIT_STACKS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/formats.h"
#include "flamegraph/profile.h"

/* A stream of these bytes, at its start. */
static inline FILE *stream_of(const void *bytes, size_t len)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	rewind(f);
	return f;
}

static inline struct profile *profile_of_bytes(const char *folded, size_t len)
{
	FILE *f = stream_of(folded, len);
	struct folded_result result;
	struct profile *p;

	assert_int_equal(profile_new(&p), 0);
	assert_int_equal(folded_read(p, f, &result), 0);
	assert_int_equal(result.bad_cnt, 0);
	fclose(f);
	return p;
}

static inline struct profile *profile_of(const char *folded)
{
	return profile_of_bytes(folded, strlen(folded));
}

/* To be freed. */
static inline char *folded_of(const struct profile *p)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(folded_write(p, NULL, f), 0);
	fclose(f);
	return text;
}

static inline void assert_folded(const struct profile *p, const char *want)
{
	char *text = folded_of(p);

	assert_string_equal(text, want);
	free(text);
}

#endif /* TESTS_UNIT_STACKS_H */
