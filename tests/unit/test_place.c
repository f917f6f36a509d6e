// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where a path leads: through links, but not those of other users in a folder of all.
 * geteuid() is this program's own, so that what it made can be another user's.
 */
#include "profiler/guard/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/guard/draft.h"
#include "tests/unit/row.h"

#define SOMEBODY 65534

static char folder[] = "/tmp/wick-place.XXXXXX";
static bool is_fake;
static uid_t fake_uid;

uid_t geteuid(void)
{
	return is_fake ? fake_uid : getuid();
}

static int make_folder(void **state)
{
	return mkdtemp(folder) && !chdir(folder) && !mkdir("in", 0700) && !symlink("in", "link") &&
			       !symlink("../loop", "in/loop") && !symlink("in/loop", "loop") &&
			       !symlink("link/../target", "indirect") &&
			       !symlink("/dev/null", "null") &&
			       !symlink("nowhere/at/all", "dangling") &&
			       !close(creat("target", 0600))
		       ? 0
		       : -1;
}

static int remove_folder(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	return chdir("/") || system(command);
}

static void each_path_has_its_place(void **state)
{
	static const struct {
		const char *path;
		bool follow;
		int err;
		const char *name;
		const char *folder; /* which is the place's */
	} rows[] = {
		{ "out", false, 0, "out", "." },
		{ "./out", true, 0, "out", "." },
		{ "in//out", true, 0, "out", "in" },
		{ "link/out", false, 0, "out", "in" },
		{ "in/../out", false, 0, "out", "." },
		{ "indirect", false, 0, "indirect", "." },
		{ "indirect", true, 0, "target", "." },
		{ "null", true, 0, "null", "/dev" },
		{ "null", false, 0, "null", "." },
		{ "/proc/self/cwd/in/out", false, 0, "out", "in" },
		{ "dangling", false, 0, "dangling", "." },
		{ "dangling", true, -ENOENT, NULL, NULL },
		{ "loop", true, -ELOOP, NULL, NULL },
		{ "loop", false, 0, "loop", "." },
		{ "target/out", false, -ENOTDIR, NULL, NULL },
		{ "nowhere/out", false, -ENOENT, NULL, NULL },
		{ "in/", false, -EISDIR, NULL, NULL },
		{ "in/.", false, -EISDIR, NULL, NULL },
		{ "in/..", false, -EISDIR, NULL, NULL },
		{ "/", false, -EISDIR, NULL, NULL },
		{ "", false, -ENOENT, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stat st, want;
		struct place at;

		ROW_EQUAL(rows[i].path, place_find(rows[i].path, rows[i].follow, &at), rows[i].err);
		if (rows[i].err)
			continue;
		ROW_TRUE(rows[i].path, !strcmp(at.name, rows[i].name));
		assert_int_equal(fstat(at.folder, &st), 0);
		assert_int_equal(stat(rows[i].folder, &want), 0);
		ROW_TRUE(rows[i].path, st.st_ino == want.st_ino && st.st_dev == want.st_dev);
		place_leave(&at);
	}
}

static void each_descriptor_has_its_names(void **state)
{
	static const struct {
		const char *path;
		int fd;
	} rows[] = {
		{ "-", 1 },
		{ "/dev/stdout", 1 },
		{ "/dev/stderr", 2 },
		{ "/dev/fd/63", 63 },
		{ "/proc/self/fd/0", 0 },
		{ "/proc/thread-self/fd/2", 2 },
		{ "to-stdout", 1 },
		{ "/dev/stdout.svg", -1 },
		{ "/dev/fd/", -1 },
		{ "/dev/fd/1x", -1 },
		{ "/dev/fd/99999999999", -1 },
		{ "/proc/1/fd/1", -1 },
		{ "1", -1 },
		{ "null", -1 },
		{ "", -1 },
	};
	char own[64];

	assert_int_equal(symlink("/dev/stdout", "to-stdout"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].path, place_own_fd(rows[i].path), rows[i].fd);
	snprintf(own, sizeof(own), "/proc/%d/fd/1", getpid());
	assert_int_equal(place_own_fd(own), 1);
}

static bool is_everybodys(const char *path)
{
	struct stat st;

	return !stat(path, &st) && (st.st_mode & 01002) == 01002 && !st.st_uid;
}

/* In /tmp, which is root's and everybody's: a link and a pipe that somebody has left there. */
static void what_others_left_is_not_followed(void **state)
{
	char link[80], pipe[80], lower[96];
	struct draft draft;
	struct place at;
	int fd;

	if (!is_everybodys("/tmp"))
		skip();
	snprintf(link, sizeof(link), "%s.link", folder);
	snprintf(pipe, sizeof(pipe), "%s.pipe", folder);
	snprintf(lower, sizeof(lower), "%s/out", link);
	assert_int_equal(symlink("/dev", link) || mkfifo(pipe, 0666), 0);
	if (!getuid())
		assert_int_equal(lchown(link, SOMEBODY, SOMEBODY) ||
					 chown(pipe, SOMEBODY, SOMEBODY),
				 0);
	draft_init(&draft);
	for (is_fake = true, fake_uid = 0; fake_uid <= 4242; fake_uid += 4242) {
		assert_int_equal(place_find(link, true, &at), -EACCES);
		assert_int_equal(place_find(lower, false, &at), -EACCES);
		assert_int_equal(draft_open(&draft, pipe, true), -EACCES);
	}
	/* For whom can replace it, a link is in the way and no more. */
	assert_int_equal(draft_open(&draft, link, true), -EPERM);
	fake_uid = 0;
	fd = draft_open(&draft, link, true);
	assert_true(fd >= 0 && draft_is_open(&draft));
	close(fd);
	draft_discard(&draft);
	/* Under sudo what the caller has left there is his own. */
	snprintf(lower, sizeof(lower), "%d", getuid() ? (int)getuid() : SOMEBODY);
	setenv("SUDO_UID", lower, 1);
	setenv("SUDO_GID", lower, 1);
	assert_int_equal(draft_open(&draft, pipe, false), -EAGAIN); /* it has no reader */
	unsetenv("SUDO_UID");
	is_fake = false;
	assert_int_equal(unlink(link) || unlink(pipe), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_path_has_its_place),
		cmocka_unit_test(each_descriptor_has_its_names),
		cmocka_unit_test(what_others_left_is_not_followed),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
