/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * golden.h - compare output with a file of tests/golden; BLESS=1 rewrites it.
 *
 * Tests run from the top of the tree.  Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of a file, NUL terminated; to be freed. */
static inline char *golden_slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text;
	long size;

	if (!f)
		fail_msg("cannot open %s (BLESS=1 makes expected files)", path);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = malloc(size + 1);
	*len = fread(text, 1, size, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}

static inline void golden_compare(const char *path, const char *text, size_t len)
{
	size_t want_len, i = 0, line = 1;
	char *want;

	if (getenv("BLESS")) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		assert_int_equal(fwrite(text, 1, len, f), len);
		assert_int_equal(fclose(f), 0);
		return;
	}
	want = golden_slurp(path, &want_len);
	while (i < len && i < want_len && text[i] == want[i])
		line += text[i++] == '\n';
	if (i < len || i < want_len)
		fail_msg("%s:%zu differs: got `%.60s`, want `%.60s`", path, line, text + i,
			 want + i);
	free(want);
}

#endif /* TESTS_UNIT_GOLDEN_H */
