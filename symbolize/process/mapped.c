// SPDX-License-Identifier: BSD-2-Clause
/* mapped.c - see mapped.h. */
#include "symbolize/process/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "symbolize/elf/opener.h"
#include "symbolize/process/in_root.h"

#define PROC_PATH_MAX 64   /* bytes of "/proc/PID/map_files/START-END" */
#define FILE_PATH_MAX 4096 /* bytes of a path in a mapping: PATH_MAX */

static int reopen(int path_fd, opener_wanted *is_wanted, const struct mapping *m)
{
	int fd, err = path_fd < 0 ? path_fd : opener_reopen(path_fd, is_wanted, m, &fd);

	return err ? err : fd;
}

static int open_map_file(pid_t pid, const struct mapping *m)
{
	char path[PROC_PATH_MAX];
	int path_fd;

	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, pid, m->start,
		 m->end);
	path_fd = open(path, O_PATH | O_CLOEXEC);
	return path_fd < 0 ? -errno : reopen(path_fd, NULL, m);
}

static bool has_device(int fd, const struct stat *st, uint64_t dev)
{
	struct statfs fs;

	if (st->st_dev == dev)
		return true;
	return !fstatfs(fd, &fs) &&
	       (fs.f_type == BTRFS_SUPER_MAGIC || fs.f_type == OVERLAYFS_SUPER_MAGIC);
}

static bool is_mapped(const void *ctx, int path_fd, const struct stat *st)
{
	const struct mapping *m = ctx;

	return st->st_ino == m->inode && has_device(path_fd, st, m->dev);
}

static bool has_generation(int fd, uint64_t generation)
{
	unsigned long own = 0; /* most file systems write an int, whatever the request says */

	return !generation || ioctl(fd, FS_IOC_GETVERSION, &own) ||
	       (uint32_t)own == (uint32_t)generation;
}

static int open_by_path(const char *root, const char *path, const struct mapping *m)
{
	int root_fd, fd;

	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return -errno;
	fd = reopen(in_root_open(root_fd, path), is_mapped, m);
	close(root_fd);
	if (fd >= 0 && !has_generation(fd, m->generation)) {
		close(fd);
		return -ESTALE;
	}
	return fd;
}

/* Is there nothing more to try?  With too many open files no other way does better. */
static bool is_final(int fd)
{
	return fd >= 0 || fd == -EMFILE || fd == -ENFILE;
}

int mapped_open(pid_t pid, pid_t kin, const struct mapping *m, int *out)
{
	char path[FILE_PATH_MAX], root[PROC_PATH_MAX];
	const pid_t tasks[] = { pid, kin };
	int fd = open_map_file(pid, m);

	*out = -1;
	if (!is_final(fd) && m->path_len && m->path[0] == '/' && !m->deleted &&
	    m->path_len < sizeof(path)) {
		memcpy(path, m->path, m->path_len);
		path[m->path_len] = '\0';
		for (size_t i = 0; i < 2 && !is_final(fd); i++) {
			snprintf(root, sizeof(root), "/proc/%d/root", tasks[i]);
			if (tasks[i])
				fd = open_by_path(root, path, m);
		}
		if (!is_final(fd))
			fd = open_by_path("/", path, m);
	}
	if (fd < 0)
		return fd;
	*out = fd;
	return 0;
}
