// SPDX-License-Identifier: BSD-2-Clause
/* Paths as a process in another root sees them: no way leads out. */
#include "symbolize/process/in_root.h"

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

/* The tree, below a directory that holds "outside" as well. */
static const struct {
	const char *path, *link; /* no link: a directory if it ends in /, else a file */
} tree[] = {
	{ "outside", NULL },	      { "root/", NULL },
	{ "root/a/", NULL },	      { "root/a/b/", NULL },
	{ "root/a/b/file", NULL },    { "root/top", NULL },
	{ "root/abs", "/a/b" },	      { "root/rel", "a/../a/b" },
	{ "root/a/up", "../../.." },  { "root/loop", "loop" },
	{ "root/out", "../outside" }, { "root/a/chain", "../abs/file" },
	{ "root/empty", "/" },
};

/* FOUND: what is there, as a path below the directory; NULL: err. */
static const struct {
	const char *path, *found;
	int err;
} rows[] = {
	{ "/a/b/file", "root/a/b/file", 0 },
	{ "a//./b/file", "root/a/b/file", 0 },
	{ "/", "root", 0 },
	{ "", "root", 0 },
	{ "/..", "root", 0 },
	{ "../../outside", NULL, -ENOENT },
	{ "/out", NULL, -ENOENT },
	{ "/abs/file", "root/a/b/file", 0 },
	{ "/rel/file", "root/a/b/file", 0 },
	{ "/a/chain", "root/a/b/file", 0 },
	{ "/a/up/top", "root/top", 0 },
	{ "/empty/a/b/../../top", "root/top", 0 },
	{ "/loop", NULL, -ELOOP },
	{ "/top/x", NULL, -ENOTDIR },
	{ "/missing", NULL, -ENOENT },
};

static void at(char *path, size_t size, const char *dir, const char *name)
{
	assert_true(snprintf(path, size, "%s/%s", dir, name) < (int)size);
}

static void make_tree(const char *dir)
{
	char path[4096];

	for (size_t i = 0; i < sizeof(tree) / sizeof(tree[0]); i++) {
		at(path, sizeof(path), dir, tree[i].path);
		if (tree[i].link)
			assert_int_equal(symlink(tree[i].link, path), 0);
		else if (path[strlen(path) - 1] == '/')
			assert_int_equal(mkdir(path, 0755), 0);
		else
			close(creat(path, 0644));
	}
}

static void remove_tree(const char *dir)
{
	char path[4096];

	for (size_t i = sizeof(tree) / sizeof(tree[0]); i--;) {
		at(path, sizeof(path), dir, tree[i].path);
		remove(path);
	}
	for (size_t i = sizeof(tree) / sizeof(tree[0]); i--;) {
		at(path, sizeof(path), dir, tree[i].path);
		remove(path);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void every_path_stays_inside(void **state)
{
	char dir[] = "/tmp/wick-in-root.XXXXXX", path[4096];
	int root;

	assert_non_null(mkdtemp(dir));
	make_tree(dir);
	at(path, sizeof(path), dir, "root");
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = in_root_open(root, rows[i].path);
		struct stat got, want;

		if (!rows[i].found && fd != rows[i].err)
			fail_msg("%s: %d, not %d", rows[i].path, fd, rows[i].err);
		if (!rows[i].found)
			continue;
		at(path, sizeof(path), dir, rows[i].found);
		if (fd < 0 || fstat(fd, &got) || stat(path, &want) || got.st_ino != want.st_ino)
			fail_msg("%s is not %s: %d", rows[i].path, rows[i].found, fd);
		close(fd);
	}
	close(root);
	remove_tree(dir);
}

static void no_fd_is_left_open(void **state)
{
	int root = open("/", O_PATH | O_CLOEXEC), before = dup(root), after;

	close(before);
	for (int i = 0; i < 8; i++) {
		int fd = in_root_open(root, i % 2 ? "/proc/self/status" : "/proc/missing/x");

		if (fd >= 0)
			close(fd);
	}
	after = dup(root);
	assert_int_equal(after, before);
	close(after);
	close(root);
}

static void a_path_beyond_reason_is_refused(void **state)
{
	int root = open("/", O_PATH | O_CLOEXEC);
	char *path = malloc(100001);

	assert_non_null(path);
	memset(path, 'x', 100000);
	path[100000] = '\0';
	assert_int_equal(in_root_open(root, path), -ENAMETOOLONG);
	path[1000] = '\0';
	assert_int_equal(in_root_open(root, path), -ENAMETOOLONG);
	free(path);
	close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_path_stays_inside),
		cmocka_unit_test(no_fd_is_left_open),
		cmocka_unit_test(a_path_beyond_reason_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
