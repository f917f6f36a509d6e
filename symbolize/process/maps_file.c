// SPDX-License-Identifier: BSD-2-Clause
/* maps_file.c - see maps_file.h. */
#include "symbolize/process/maps_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int maps_file_open(struct maps_file *f, pid_t pid)
{
	char path[32] = "/proc/self/maps";
	int fd;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	maps_file_begin(f, fd);
	return 0;
}

void maps_file_begin(struct maps_file *f, int fd)
{
	f->fd = fd;
	f->err = 0;
	f->is_empty = true;
	f->skips = false;
	f->start = f->end = 0;
}

void maps_file_close(struct maps_file *f)
{
	close(f->fd);
}

void maps_file_rewind(struct maps_file *f)
{
	int fd = f->fd;

	maps_file_begin(f, fd);
	if (lseek(fd, 0, SEEK_SET) < 0)
		f->err = -errno;
}

/* Read more behind what is left, without which there is no whole line.  False at the end. */
static bool read_more(struct maps_file *f)
{
	ssize_t got;

	if (f->end - f->start == sizeof(f->text)) {
		f->skips = true;
		f->start = f->end;
	}
	memmove(f->text, f->text + f->start, f->end - f->start);
	f->end -= f->start;
	f->start = 0;
	do
		got = f->err ? 0 : read(f->fd, f->text + f->end, sizeof(f->text) - f->end);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		f->err = -errno;
	if (got <= 0)
		return false;
	f->end += (size_t)got;
	f->is_empty = false;
	return true;
}

bool maps_file_next(struct maps_file *f, struct mapping *out)
{
	for (;;) {
		char *line = f->text + f->start;
		char *newline = memchr(line, '\n', f->end - f->start);
		bool skips = f->skips;

		if (!newline) {
			if (!read_more(f))
				return false;
			continue;
		}
		f->start = (size_t)(newline + 1 - f->text);
		f->skips = false;
		if (!skips && !maps_parse_line(line, (size_t)(newline - line), out))
			return true;
	}
}
