// SPDX-License-Identifier: BSD-2-Clause
/* test_perf_map.c - whose perf map is believed. */
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbolize/process/perf_map.h"

#define OTHER 12345 /* a user who owns nothing */

struct world {
	uid_t process, file; /* who they belong to */
	bool is_mounted;     /* a file from elsewhere lies over it */
	bool is_linked;	     /* it has another name */
};

static void write_file(const char *path, const char *text, uid_t owner)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) || chown(path, owner, -1))
		_exit(1);
}

/* Make the world in the child, which then waits to be killed. */
static void be_child(const struct world *w, int ready)
{
	char path[64], other[80], target[] = "/tmp/wick-target-XXXXXX";
	int fd;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	write_file(path, "1000 10 name\n", w->file);
	if (w->is_mounted) {
		fd = mkstemp(target);
		write_file(target, "1000 10 name\n", w->file);
		/* The mount lasts as long as this namespace, and its file without a name. */
		if (fd < 0 || unshare(CLONE_NEWNS) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount(target, path, NULL, MS_BIND, NULL) || unlink(target))
			_exit(2);
		close(fd);
	}
	snprintf(other, sizeof(other), "%s.too", path);
	if (w->is_linked && link(path, other))
		_exit(5);
	if (w->process && setuid(w->process))
		_exit(3);
	if (write(ready, "", 1) != 1)
		_exit(4);
	for (;;)
		pause();
}

/* 0 if the map of a process in that world is read, 77 if there can be no such world. */
static int read_map(const struct world *w)
{
	char path[64], byte, *text = NULL;
	struct perf_map *map;
	int ready[2], err;
	size_t len;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid)
		be_child(w, ready[1]);
	close(ready[1]);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", pid);
	err = read(ready[0], &byte, 1) == 1 ? perf_map_open(pid, NULL, &map) : 77;
	if (!err) {
		err = perf_map_read(map, &text, &len);
		perf_map_close(map);
	}
	free(text);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink(path);
	strcat(path, ".too");
	unlink(path);
	close(ready[0]);
	return err;
}

static void believes_the_process_s_own(void **state)
{
	static const struct {
		const char *name;
		struct world world;
		int err;
	} rows[] = {
		{ "root's, of root's process", { 0, 0, false, false }, 0 },
		{ "its user's", { OTHER, OTHER, false, false }, 0 },
		{ "root's, of another user's process", { OTHER, 0, false, false }, -ENODATA },
		{ "another user's, of root's process", { 0, OTHER, false, false }, -ENODATA },
		{ "a link", { 0, 0, false, true }, -ENODATA },
		{ "mounted there", { OTHER, OTHER, true, false }, -ENODATA },
	};

	if (getuid()) {
		print_message("skipped: only root can give files away\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int err = read_map(&rows[i].world);

		if (err == 77)
			print_message("[%s] skipped: no mounts here\n", rows[i].name);
		else
			ROW_EQUAL(rows[i].name, err, rows[i].err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(believes_the_process_s_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
