/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pprof_bytes.h - a profile as the bytes of a pprof file, and back.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_PPROF_BYTES_H
#define TESTS_UNIT_PPROF_BYTES_H

#include "tests/unit/stacks.h"

/* To be freed. */
static inline char *write_pprof(const struct profile *p, size_t *len)
{
	char *bytes = NULL;
	FILE *f = open_memstream(&bytes, len);

	assert_non_null(f);
	assert_int_equal(pprof_write(p, NULL, f), 0);
	fclose(f);
	return bytes;
}

static inline int read_pprof(const void *bytes, size_t len, struct profile **p,
			     struct pprof_result *result)
{
	FILE *f = stream_of(bytes, len);
	int err;

	assert_int_equal(profile_new(p), 0);
	err = pprof_read(*p, f, result);
	fclose(f);
	return err;
}

#endif /* TESTS_UNIT_PPROF_BYTES_H */
