// SPDX-License-Identifier: BSD-2-Clause
/* perf_map.c - see perf_map.h. */
#include "symbolize/perf_map.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_MAP (64u << 20) /* bytes; a JVM with a million methods writes as much */

/* The last number of "NSpid:\t4711\t1": innermost namespace. */
static pid_t last_number(const char *text)
{
	const char *tab = strrchr(text, '\t');

	return tab ? atoi(tab + 1) : 0;
}

int perf_map_ids(pid_t pid, pid_t *ns_pid, uid_t *uid)
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
		/* Real, effective, saved, file system: proc_pid_status(5). */
		else if (!strncmp(line, "Uid:", 4))
			has_uid = sscanf(line, "Uid: %*u %u", uid) == 1;
	}
	free(line);
	fclose(f);
	return has_uid && *ns_pid > 0 ? 0 : -ENOENT;
}

static int open_below_root(pid_t pid, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_IN_ROOT,
	};
	char path[64];
	int root_fd, fd;

	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return -errno;
	fd = syscall(SYS_openat2, root_fd, name, &how, sizeof(how));
	if (fd < 0 && errno == ENOSYS)
		fd = openat(root_fd, name, how.flags);
	if (fd < 0)
		fd = -errno;
	close(root_fd);
	return fd;
}

int perf_map_open(pid_t pid, pid_t ns_pid, uid_t uid, int *out)
{
	struct stat st;
	char name[64];
	int fd, err;

	*out = -1;
	snprintf(name, sizeof(name), "tmp/perf-%d.map", ns_pid);
	fd = open_below_root(pid, name);
	if (fd < 0)
		return fd;
	err = fstat(fd, &st) ? -errno : 0;
	if (!err && (!S_ISREG(st.st_mode) || (st.st_uid != uid && st.st_uid != 0)))
		err = -EPERM;
	if (err) {
		close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

int perf_map_read(int fd, char **out, size_t *len)
{
	size_t size, done = 0;
	struct stat st;
	ssize_t got = 1;
	char *text, *newline;

	*out = NULL;
	*len = 0;
	if (fstat(fd, &st))
		return -errno;
	size = st.st_size < MAX_MAP ? st.st_size : MAX_MAP;
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	while (done < size && got > 0) {
		got = pread(fd, text + done, size - done, done);
		done += got > 0 ? got : 0;
	}
	/* The last line may be half written. */
	newline = memrchr(text, '\n', done);
	*len = newline ? newline + 1 - text : 0;
	text[*len] = '\0';
	*out = text;
	return 0;
}
