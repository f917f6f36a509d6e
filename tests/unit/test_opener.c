// SPDX-License-Identifier: BSD-2-Clause
/* What a path leads to is opened if it is a regular file, and not touched if it is not. */
#include "tests/unit/row.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolize/elf/debuginfo.h"
#include "symbolize/elf/opener.h"
#include "tests/unit/elf_builder.h"

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
	if (write(fd, ELFMAG, SELFMAG) != SELFMAG)
		return -1;
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

/* Watch whether PATH is opened. */
static int watch(const char *path)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	assert_true(fd >= 0);
	assert_true(inotify_add_watch(fd, path, IN_OPEN) >= 0);
	return fd;
}

static void assert_unopened(int watched)
{
	char event[4096];

	assert_int_equal(read(watched, event, sizeof(event)), -1);
	close(watched);
}

static void test_not_regular(void **state)
{
	static const char *const names[] = { "fifo", "link", "device", "." };
	int fd, watched = watch(at("fifo"));

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(opener_open(NULL, at(names[i]), &fd), -ENOEXEC);
		assert_int_equal(fd, -1);
	}
	assert_unopened(watched);
	assert_int_equal(opener_open(NULL, at("absent"), &fd), -ENOENT);
}

/* What the kernel shows is in regular files, too. */
static void test_view(void **state)
{
	static const char *const paths[] = { "/proc/self/status", "/proc/kmsg",
					     "/sys/kernel/mm/transparent_hugepage/enabled" };
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!access(paths[i], F_OK))
			assert_int_equal(opener_open(NULL, paths[i], &fd), -ENOEXEC);
	}
}

static bool want_none(const void *ctx, int path_fd, const struct stat *st)
{
	return false;
}

static void test_unwanted(void **state)
{
	int fd, watched = watch(at("file")), path_fd = open(at("file"), O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(opener_reopen(path_fd, want_none, NULL, &fd), -ESTALE);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(path_fd, F_GETFD), -1);
	assert_unopened(watched);
}

/* A debug link, and a build-id below the root, that lead to a FIFO. */
static void test_debug_file(void **state)
{
	static const struct elf_spec stripped = { .build_id = "\x12\x34", .debuglink = "fifo" };
	int fd, watched = watch(at("fifo"));
	char prog[128], by_id[300], fifo[128];
	struct elf_image *img, *debug;
	struct elf_bytes elf;

	(void)state;
	elf_build(&stripped, &elf);
	strcpy(prog, at("prog"));
	strcpy(fifo, at("fifo"));
	assert_int_equal(mkdir(at(".build-id"), 0700), 0);
	assert_int_equal(mkdir(at(".build-id/12"), 0700), 0);
	strcpy(by_id, at(".build-id/12/34.debug"));
	assert_int_equal(symlink(fifo, by_id), 0);
	assert_int_equal(elf_image_open_memory(elf.bytes, elf.size, &img), 0);
	assert_int_equal(debuginfo_open(img, prog, &(struct debuginfo_opts){ .root = folder }, &fd,
					&debug),
			 -ENODATA);
	assert_unopened(watched);
	elf_image_close(img);
	unlink(by_id);
	rmdir(at(".build-id/12"));
	rmdir(at(".build-id"));
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
	const struct opener opener = { .open = refuse, .path_of = name_it, .ctx = asked };
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
		cmocka_unit_test(test_regular),	   cmocka_unit_test(test_not_regular),
		cmocka_unit_test(test_view),	   cmocka_unit_test(test_unwanted),
		cmocka_unit_test(test_debug_file), cmocka_unit_test(test_other_opener),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
