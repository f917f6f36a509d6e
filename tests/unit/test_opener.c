// SPDX-License-Identifier: BSD-2-Clause
/* What a path leads to is opened if it is a regular file, and not touched if it is not. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "symbolize/elf/opener.h"

static char folder[] = "/tmp/wick-opener-XXXXXX";

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int setup(void **state)
{
	char target[128];
	int fd;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	fd = open(at("file"), O_WRONLY | O_CREAT, 0600);
	snprintf(target, sizeof(target), "%s/fifo", folder);
	return close(fd) || mkfifo(target, 0600) || symlink(target, at("link")) ||
	       symlink("/dev/null", at("device"));
}

static int teardown(void **state)
{
	static const char *const names[] = { "file", "fifo", "link", "device" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(at(names[i]));
	return rmdir(folder);
}

static void test_regular(void **state)
{
	char path[PATH_MAX], resolved[PATH_MAX];
	int fd;

	(void)state;
	assert_int_equal(opener_open(NULL, at("file"), &fd), 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(opener_path_of(NULL, fd, path), 0);
	assert_string_equal(path, realpath(at("file"), resolved));
	close(fd);
}

/* A writer that waits for a reader would go on if the FIFO were opened. */
static void test_not_regular(void **state)
{
	static const char *const names[] = { "fifo", "link", "device", "." };
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(opener_open(NULL, at(names[i]), &fd), -ENOEXEC);
		assert_int_equal(fd, -1);
	}
	assert_int_equal(open(at("fifo"), O_WRONLY | O_NONBLOCK), -1);
	assert_int_equal(errno, ENXIO);
	assert_int_equal(opener_open(NULL, at("absent"), &fd), -ENOENT);
}

static int refuse(void *ctx, const char *path, int *fd)
{
	snprintf(ctx, PATH_MAX, "%s", path);
	*fd = -1;
	return -EPERM;
}

static int name_it(void *ctx, int fd, char path[PATH_MAX])
{
	(void)ctx;
	snprintf(path, PATH_MAX, "/%d", fd);
	return 0;
}

static void test_other_opener(void **state)
{
	char asked[PATH_MAX], path[PATH_MAX];
	const struct opener opener = { refuse, name_it, asked };
	int fd;

	(void)state;
	assert_int_equal(opener_open(&opener, at("file"), &fd), -EPERM);
	assert_string_equal(asked, at("file"));
	assert_int_equal(opener_path_of(&opener, 7, path), 0);
	assert_string_equal(path, "/7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regular),
		cmocka_unit_test(test_not_regular),
		cmocka_unit_test(test_other_opener),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
