// SPDX-License-Identifier: BSD-2-Clause
/* opener.c - see elf/opener.h. */
#include "symbolize/elf/opener.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINK_SIZE 32 /* bytes of "/proc/self/fd/N" */

/* Kernels' headers have no name for these. */
#define CONFIGFS_MAGIC 0x62656570
#define FUSECTL_MAGIC  0x65735543

/* Is the file at PATH_FD a view of the kernel, and stored nowhere? */
static bool is_view(int path_fd)
{
	static const unsigned int views[] = {
		PROC_SUPER_MAGIC,    SYSFS_MAGIC,	   TRACEFS_MAGIC,  DEBUGFS_MAGIC,
		SECURITYFS_MAGIC,    SELINUX_MAGIC,	   SMACK_MAGIC,	   CGROUP_SUPER_MAGIC,
		CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,	   PSTOREFS_MAGIC, EFIVARFS_MAGIC,
		NSFS_MAGIC,	     RDTGROUP_SUPER_MAGIC, CONFIGFS_MAGIC, FUSECTL_MAGIC,
	};
	struct statfs fs;

	if (fstatfs(path_fd, &fs))
		return true;
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		if ((unsigned int)fs.f_type == views[i])
			return true;
	}
	return false;
}

int opener_reopen(int path_fd, opener_wanted *is_wanted, const void *ctx, int *fd)
{
	char link[LINK_SIZE];
	struct stat st;
	int err = 0;

	*fd = -1;
	if (fstat(path_fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode) || is_view(path_fd))
		err = -ENOEXEC;
	else if (is_wanted && !is_wanted(ctx, path_fd, &st))
		err = -ESTALE;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
	if (!err) {
		*fd = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		err = *fd < 0 ? -errno : 0;
	}
	close(path_fd);
	return err;
}

static bool is_elf(int fd)
{
	char magic[SELFMAG];

	return pread(fd, magic, SELFMAG, 0) == SELFMAG && !memcmp(magic, ELFMAG, SELFMAG);
}

int opener_open(const struct opener *opener, const char *path, int *fd)
{
	int path_fd, err;

	*fd = -1;
	if (opener)
		return opener->open(opener->ctx, path, fd);
	path_fd = open(path, O_PATH | O_CLOEXEC);
	if (path_fd < 0)
		return -errno;
	err = opener_reopen(path_fd, NULL, NULL, fd);
	if (err || is_elf(*fd))
		return err;
	close(*fd);
	*fd = -1;
	return -ENOEXEC;
}

int opener_path_of(const struct opener *opener, int fd, char path[PATH_MAX])
{
	char link[LINK_SIZE];
	ssize_t got;

	if (opener)
		return opener->path_of(opener->ctx, fd, path);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	got = readlink(link, path, PATH_MAX - 1);
	path[got > 0 ? got : 0] = '\0';
	return got < 0 ? -errno : 0;
}

void opener_close(const struct opener *opener, int fd)
{
	if (opener && opener->close)
		opener->close(opener->ctx, fd);
	else
		close(fd);
}
