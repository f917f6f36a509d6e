// SPDX-License-Identifier: BSD-2-Clause
/* perf_map.c - see perf_map.h. */
#include "symbolize/process/perf_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolize/elf/opener.h"
#include "symbolize/limits.h"
#include "symbolize/process/in_root.h"

#define MAX_FILES 8 /* files of one process, one after the other; the newest count */

struct perf_map {
	const struct opener *opener;
	struct perf_map_wanted wanted; /* its dir_fd is -1 if nothing is looked for */
	int fds[MAX_FILES];	       /* oldest first */
	size_t cnt;
};

/* The last number of "NSpid:\t4711\t1", which is that of the innermost namespace. */
static pid_t last_number(const char *text)
{
	const char *tab = strrchr(text, '\t');

	return tab ? atoi(tab + 1) : 0;
}

/* Read PID in its own namespace, and its effective user, from /proc/PID/status. */
static int read_ids(pid_t pid, pid_t *ns_pid, uid_t *uid)
{
	bool has_uid = false;
	char path[64], *line = NULL;
	size_t cap = 0;
	FILE *f;

	*ns_pid = pid;
	*uid = 0;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (getline(&line, &cap, f) > 0) {
		if (!strncmp(line, "NSpid:", 6))
			*ns_pid = last_number(line);
		/* The second is the effective one: proc_pid_status(5). */
		else if (!strncmp(line, "Uid:", 4))
			has_uid = sscanf(line, "Uid: %*u %u", uid) == 1;
	}
	free(line);
	fclose(f);
	return has_uid && *ns_pid > 0 ? 0 : -ENOENT;
}

int perf_map_open_tmp(pid_t pid, int *fd)
{
	char path[64];
	int root_fd, tmp_fd;

	*fd = -1;
	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return -errno;
	tmp_fd = in_root_open(root_fd, "tmp");
	close(root_fd);
	if (tmp_fd < 0)
		return tmp_fd;
	*fd = tmp_fd;
	return 0;
}

int perf_map_open(pid_t pid, const struct opener *opener, struct perf_map **out)
{
	struct perf_map *map = calloc(1, sizeof(*map));
	int err;

	*out = NULL;
	if (!map)
		return -ENOMEM;
	map->opener = opener;
	err = read_ids(pid, &map->wanted.ns_pid, &map->wanted.uid);
	if (!err)
		err = opener && opener->open_tmp
			      ? opener->open_tmp(opener->ctx, pid, &map->wanted.dir_fd)
			      : perf_map_open_tmp(pid, &map->wanted.dir_fd);
	if (err) {
		free(map);
		return err;
	}
	perf_map_refresh(map);
	*out = map;
	return 0;
}

void perf_map_close(struct perf_map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->cnt; i++)
		opener_close(map->opener, map->fds[i]);
	if (map->wanted.dir_fd >= 0)
		opener_close(map->opener, map->wanted.dir_fd);
	free(map);
}

size_t perf_map_fds(const struct perf_map *map, int *fds, size_t max)
{
	size_t cnt = map->cnt < max ? map->cnt : max;

	memcpy(fds, map->fds + map->cnt - cnt, cnt * sizeof(*fds));
	return cnt;
}

int perf_map_adopt(const int *fds, size_t cnt, struct perf_map **out)
{
	struct perf_map *map = cnt <= MAX_FILES ? calloc(1, sizeof(*map)) : NULL;

	*out = map;
	if (!map)
		return -ENOMEM;
	map->wanted.dir_fd = -1;
	map->cnt = cnt;
	memcpy(map->fds, fds, cnt * sizeof(*fds));
	return 0;
}

/*
 * Is the file at PATH_FD the process's own?  In a mount namespace of their own users mount what
 * they may not read, over a name that is theirs; and on some machines they may link to any
 * file.  To make it their own they cannot.
 */
static bool is_theirs(const void *ctx, int path_fd, const struct stat *st)
{
	const struct perf_map_wanted *wanted = ctx;
	struct statx own;

	if (st->st_uid != wanted->uid || st->st_nlink != 1)
		return false;
	return statx(path_fd, "", AT_EMPTY_PATH, STATX_TYPE, &own) ||
	       !(own.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static bool is_known(const struct perf_map_wanted *wanted, int fd)
{
	struct stat st, last;

	return wanted->known_fd >= 0 && !fstat(fd, &st) && !fstat(wanted->known_fd, &last) &&
	       last.st_ino == st.st_ino && last.st_dev == st.st_dev;
}

int perf_map_open_file(const struct perf_map_wanted *wanted, int *fd)
{
	char name[64];
	int path_fd;

	*fd = -1;
	snprintf(name, sizeof(name), "perf-%d.map", wanted->ns_pid);
	path_fd = openat(wanted->dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (path_fd < 0)
		return -errno;
	if (is_known(wanted, path_fd)) {
		close(path_fd);
		return -EALREADY;
	}
	return opener_reopen(path_fd, is_theirs, wanted, fd);
}

void perf_map_refresh(struct perf_map *map)
{
	const struct opener *opener = map->opener;
	int fd, err;

	if (map->wanted.dir_fd < 0)
		return;
	map->wanted.known_fd = map->cnt ? map->fds[map->cnt - 1] : -1;
	err = opener && opener->open_perf_map
		      ? opener->open_perf_map(opener->ctx, &map->wanted, &fd)
		      : perf_map_open_file(&map->wanted, &fd);
	if (err)
		return;
	if (map->cnt == MAX_FILES) {
		opener_close(opener, map->fds[0]);
		memmove(map->fds, map->fds + 1, --map->cnt * sizeof(*map->fds));
	}
	map->fds[map->cnt++] = fd;
}

/* Append the whole lines of FD to TEXT, up to CAP bytes: the last one may be half written. */
static size_t read_file(int fd, char *text, size_t len, size_t cap)
{
	size_t done = 0;
	ssize_t got = 1;
	char *newline;

	while (len + done < cap && got > 0) {
		got = pread(fd, text + len + done, cap - len - done, done);
		done += got > 0 ? got : 0;
	}
	newline = memrchr(text + len, '\n', done);
	return newline ? (size_t)(newline + 1 - text) : len;
}

int perf_map_read(const struct perf_map *map, char **out, size_t *len)
{
	size_t size = 0;
	struct stat st;
	char *text;

	*out = NULL;
	*len = 0;
	for (size_t i = 0; i < map->cnt; i++) {
		if (!fstat(map->fds[i], &st) && st.st_size > 0)
			size += st.st_size < LIMIT_PERF_MAP ? (size_t)st.st_size : LIMIT_PERF_MAP;
	}
	if (!map->cnt)
		return -ENODATA;
	if (size > LIMIT_PERF_MAP)
		size = LIMIT_PERF_MAP;
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < map->cnt; i++)
		*len = read_file(map->fds[i], text, *len, size);
	text[*len] = '\0';
	*out = text;
	return 0;
}
