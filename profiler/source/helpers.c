// SPDX-License-Identifier: BSD-2-Clause
/* helpers.c - see helpers.h. */
#include "profiler/source/helpers.h"

#include <stdio.h>
#include <unistd.h>

#include "profiler/proc_stat.h"

/* In ticks of the clock; with those of its children that have ended. */
static uint64_t ticks_of(pid_t pid)
{
	unsigned long user = 0, sys = 0, ended_user = 0, ended_sys = 0;
	char path[64], text[PROC_STAT_SIZE];
	const char *fields;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fields = proc_stat_read(path, text);
	if (!fields ||
	    sscanf(fields, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu", &user,
		   &sys, &ended_user, &ended_sys) != 4)
		return 0;
	return user + sys + ended_user + ended_sys;
}

/* Of the processes that PATH lists, and DEPTH generations below them. */
static uint64_t ticks_of_list(const char *path, pid_t but, int depth)
{
	FILE *f = fopen(path, "re");
	uint64_t sum = 0;
	char below[64];
	pid_t pid;

	while (f && fscanf(f, "%d", &pid) == 1) {
		if (pid == but)
			continue;
		sum += ticks_of(pid);
		snprintf(below, sizeof(below), "/proc/%d/task/%d/children", pid, pid);
		if (depth)
			sum += ticks_of_list(below, but, depth - 1);
	}
	if (f)
		fclose(f);
	return sum;
}

uint64_t helpers_cpu_ns(pid_t command)
{
	/* A parser is the zygote's child. */
	return ticks_of_list("/proc/thread-self/children", command, 1) *
	       (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}
