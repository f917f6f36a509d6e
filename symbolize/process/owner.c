// SPDX-License-Identifier: BSD-2-Clause
/* owner.c - see owner.h. */
#include "symbolize/process/owner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_SIZE 1024 /* bytes, of which "Uid:" is in the first 300 */

/* As /proc/PID/status says it; OWNER_NONE: it cannot be read. */
static uint32_t effective_user(pid_t pid)
{
	char path[32], text[STATUS_SIZE];
	const char *line;
	unsigned int real, effective;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return OWNER_NONE;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	line = strstr(text, "\nUid:"); /* no name of a program can have a newline there */
	return line && sscanf(line, "\nUid: %u %u", &real, &effective) == 2 ? effective
									    : OWNER_NONE;
}

uint32_t owner_of(pid_t pid)
{
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (stat(path, &st))
		return OWNER_NONE;
	return st.st_uid ? st.st_uid : effective_user(pid);
}
