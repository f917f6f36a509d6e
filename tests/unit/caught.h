/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * caught.h - what is said on stderr, or on stdout, as a text.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_CAUGHT_H
#define TESTS_UNIT_CAUGHT_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A stream goes to a file until caught() gives what was written there; to be freed. */
struct caught {
	FILE *f;
	int fd, saved_fd;
};

static inline struct caught catch_fd(int fd)
{
	struct caught c = { tmpfile(), fd, fcntl(fd, F_DUPFD_CLOEXEC, 0) };

	assert_non_null(c.f);
	assert_true(c.saved_fd >= 0 && !fcntl(fileno(c.f), F_SETFD, FD_CLOEXEC));
	fflush(fd == STDOUT_FILENO ? stdout : stderr);
	dup2(fileno(c.f), fd);
	return c;
}

static inline struct caught catch_stderr(void)
{
	return catch_fd(STDERR_FILENO);
}

static inline char *caught(struct caught *c)
{
	char *text;
	long len;

	fflush(c->fd == STDOUT_FILENO ? stdout : stderr);
	dup2(c->saved_fd, c->fd);
	close(c->saved_fd);
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
