/* SPDX-License-Identifier: BSD-2-Clause */
/* formats.h - what the fuzz targets of readers share: bytes in, folded stacks out. */
#ifndef TESTS_FUZZ_FORMATS_H
#define TESTS_FUZZ_FORMATS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/formats.h"
#include "flamegraph/profile.h"
#include "tests/fuzz/check.h"

static inline struct profile *fuzz_profile(void)
{
	struct profile *p;

	check(!profile_new(&p));
	return p;
}

static inline FILE *fuzz_stream(const void *data, size_t size)
{
	/* fmemopen() refuses a size of 0 in some versions. */
	FILE *f = size ? fmemopen((void *)data, size, "r") : fopen("/dev/null", "r");

	check(f);
	return f;
}

static inline int fuzz_folded(struct profile *p, const uint8_t *data, size_t size,
			      struct folded_result *result)
{
	FILE *f = fuzz_stream(data, size);
	int err = folded_read(p, f, result);

	fclose(f);
	return err;
}

static inline int fuzz_read_pprof(struct profile *p, const void *data, size_t size,
				  struct pprof_result *result)
{
	FILE *f = fuzz_stream(data, size);
	int err = pprof_read(p, f, result);

	fclose(f);
	return err;
}

static inline char *fuzz_text(const struct profile *p, size_t *len)
{
	char *text;
	FILE *f = open_memstream(&text, len);

	check(f && !folded_write(p, NULL, f) && !fclose(f));
	return text;
}

static inline char *fuzz_pprof(const struct profile *p, size_t *len)
{
	char *bytes;
	FILE *f = open_memstream(&bytes, len);

	check(f && !pprof_write(p, NULL, f) && !fclose(f));
	return bytes;
}

#endif /* TESTS_FUZZ_FORMATS_H */
