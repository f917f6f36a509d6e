// SPDX-License-Identifier: BSD-2-Clause
/* watch.c - see watch.h. */
#include "profiler/parsing/watch.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "profiler/proc_stat.h"

#define LOOK_MS	 20   /* between two looks: a tenth of a gigabyte that is filled meanwhile */
#define STUCK_MS 2000 /* without running: a slow disk answers */

int watch_begin(struct watch *w, pid_t pid, int64_t cpu_ms, size_t memory_max)
{
	*w = (struct watch){
		.pid = pid, .memory_max = memory_max, .stuck_ms = STUCK_MS, .busy_ms = now_ms()
	};
	w->looked_ms = w->busy_ms;
	if (clock_getcpuclockid(pid, &w->clock))
		return -ESRCH;
	w->cpu_ns = clock_ns(w->clock);
	w->cpu_end_ns = w->cpu_ns + (uint64_t)cpu_ms * 1000000;
	return 0;
}

/* Read PATH, a small file of /proc, as text. */
static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got > 0;
}

static size_t resident(pid_t pid)
{
	char path[64], text[128], *end = text;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	if (!read_text(path, text, sizeof(text)))
		return 0;
	strtoul(text, &end, 10); /* its address space; the second number is what is resident */
	return strtoul(end, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static bool thread_runs(pid_t pid, const char *thread)
{
	char path[320], text[PROC_STAT_SIZE];
	const char *state;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/stat", pid, thread);
	state = proc_stat_read(path, text);
	return state && state[0] && state[1] == 'R';
}

/* Does a thread run, or want to? */
static bool wants_cpu(pid_t pid)
{
	char path[64];
	const struct dirent *entry;
	bool wants = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && !wants && (entry = readdir(dir)))
		wants = isdigit((unsigned char)entry->d_name[0]) && thread_runs(pid, entry->d_name);
	if (dir)
		closedir(dir);
	return wants;
}

static int look(struct watch *w)
{
	uint64_t cpu_ns = clock_ns(w->clock);
	int64_t now = now_ms();

	w->looked_ms = now;
	if (w->stop && w->stop(w->stop_ctx))
		return -ECANCELED;
	if (cpu_ns > w->cpu_end_ns)
		return -ETIME;
	if (resident(w->pid) > w->memory_max)
		return -ENOSPC;
	if (cpu_ns > w->cpu_ns || (now - w->busy_ms > w->stuck_ms && wants_cpu(w->pid)))
		w->busy_ms = now;
	w->cpu_ns = cpu_ns;
	return now - w->busy_ms > w->stuck_ms ? -ETIMEDOUT : 0;
}

int watch_wait(struct watch *w, int socket, short events)
{
	struct pollfd poll_fd = { .fd = socket, .events = events };
	int err =
		now_ms() - w->looked_ms < LOOK_MS ? 0 : look(w); /* it may also talk without end */

	while (!err) {
		int ready = poll(&poll_fd, 1, LOOK_MS);

		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return -errno;
		err = look(w);
	}
	return err;
}
