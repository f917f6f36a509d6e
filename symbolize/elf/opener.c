// SPDX-License-Identifier: BSD-2-Clause
/* opener.c - see elf/opener.h. */
#include "symbolize/elf/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINK_SIZE 32 /* bytes of "/proc/self/fd/N" */

int opener_reopen(int path_fd, int *fd)
{
	char link[LINK_SIZE];
	struct stat st;
	int err = 0;

	*fd = -1;
	if (fstat(path_fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -ENOEXEC;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
	if (!err) {
		*fd = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		err = *fd < 0 ? -errno : 0;
	}
	close(path_fd);
	return err;
}

int opener_open(const struct opener *opener, const char *path, int *fd)
{
	int path_fd;

	*fd = -1;
	if (opener)
		return opener->open(opener->ctx, path, fd);
	path_fd = open(path, O_PATH | O_CLOEXEC);
	return path_fd < 0 ? -errno : opener_reopen(path_fd, fd);
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
