// SPDX-License-Identifier: BSD-2-Clause
/* inherited.c - see inherited.h. */
#include "profiler/guard/inherited.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/guard/place.h"

/* Also behind an option's name: -o/dev/fd/5, --output=/dev/fd/5. */
static bool is_named(char *const *argv, int fd)
{
	for (; *argv; argv++) {
		const char *path = strchr(*argv, '/');

		if (path && (place_own_fd(path) == fd || place_own_fd(*argv) == fd))
			return true;
	}
	return false;
}

void inherited_close(char *const *argv)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int fd = atoi(entry->d_name), flags = fcntl(fd, F_GETFD);

		if (fd > STDERR_FILENO && flags >= 0 && !(flags & FD_CLOEXEC) &&
		    !is_named(argv, fd))
			close(fd);
	}
	if (dir)
		closedir(dir);
}
