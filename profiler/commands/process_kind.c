// SPDX-License-Identifier: BSD-2-Clause
/* process_kind.c - see process_kind.h. */
#include "profiler/commands/process_kind.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "profiler/log.h"
#include "profiler/proc_stat.h"

#define KERNEL_THREAD 0x00200000 /* among the flags, as the kernel's own headers have it */

/* The process that thread PID is of; 0: /proc shows none. */
static pid_t process_of(pid_t pid)
{
	char path[64], line[256];
	int tgid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f) && sscanf(line, "Tgid: %d", &tgid) != 1)
		;
	fclose(f);
	return tgid;
}

enum process_kind process_kind_of(pid_t pid, pid_t *owner)
{
	char path[64], text[PROC_STAT_SIZE], state = 0;
	const char *fields;
	unsigned int flags = 0;
	int parent = 0, thread_cnt = 0;

	*owner = process_of(pid);
	if (!*owner) {
		*owner = pid;
		return !kill(pid, 0) || errno == EPERM ? PROCESS_HIDDEN : PROCESS_GONE;
	}
	if (*owner != pid)
		return PROCESS_THREAD;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fields = proc_stat_read(path, text);
	if (!fields)
		return PROCESS_GONE;
	/* The flags are the 9th field of all, the threads the 20th. */
	if (sscanf(fields, " %c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d",
		   &state, &parent, &flags, &thread_cnt) != 4)
		return PROCESS_RUNS;
	if (flags & KERNEL_THREAD)
		return PROCESS_KERNEL;
	/* Its first thread may have ended before the others. */
	if ((state != 'Z' && state != 'X') || thread_cnt > 1)
		return PROCESS_RUNS;
	*owner = parent;
	return PROCESS_ENDED;
}

int process_kind_check(pid_t pid)
{
	pid_t owner;

	switch (process_kind_of(pid, &owner)) {
	case PROCESS_RUNS:
		return 0;
	case PROCESS_GONE:
		log_error("no process %d (see ps -e)", pid);
		break;
	case PROCESS_HIDDEN:
		log_error("process %d is hidden: /proc does not show it (its mount option hidepid; "
			  "try sudo)",
			  pid);
		break;
	case PROCESS_THREAD:
		log_error("%d is a thread of process %d (use --pid %d)", pid, owner, owner);
		break;
	case PROCESS_ENDED:
		log_error("process %d has ended, and only its parent %d has not taken notice (it "
			  "maps no files any more)",
			  pid, owner);
		break;
	case PROCESS_KERNEL:
		log_error("process %d is a thread of the kernel: it maps no files (see wick "
			  "symbolize --kernel)",
			  pid);
		break;
	}
	return -ESRCH;
}
