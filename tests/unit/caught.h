/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * caught.h - what is said on stderr, as a text.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_CAUGHT_H
#define TESTS_UNIT_CAUGHT_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Stderr goes to a file until caught() gives what was written there; to be freed. */
struct caught {
	FILE *f;
	int stderr_fd;
};

static inline struct caught catch_stderr(void)
{
	struct caught c = { tmpfile(), dup(STDERR_FILENO) };

	assert_non_null(c.f);
	assert_true(c.stderr_fd >= 0);
	fflush(stderr);
	dup2(fileno(c.f), STDERR_FILENO);
	return c;
}

static inline char *caught(struct caught *c)
{
	char *text;
	long len;

	fflush(stderr);
	dup2(c->stderr_fd, STDERR_FILENO);
	close(c->stderr_fd);
	fseek(c->f, 0, SEEK_END);
	len = ftell(c->f);
	text = calloc((size_t)len + 1, 1);
	assert_non_null(text);
	rewind(c->f);
	assert_int_equal(fread(text, 1, (size_t)len, c->f), len);
	fclose(c->f);
	return text;
}

#endif /* TESTS_UNIT_CAUGHT_H */
