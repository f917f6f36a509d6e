/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * process_kind.h - what the id is that a user gave: mostly of a process, and else of what?
 *
 * Source: /proc/PID/status and stat, proc_pid_stat(5).
 */
#ifndef PROFILER_COMMANDS_PROCESS_KIND_H
#define PROFILER_COMMANDS_PROCESS_KIND_H

#include <sys/types.h>

enum process_kind {
	PROCESS_RUNS,	/* with a program */
	PROCESS_GONE,	/* there is none */
	PROCESS_HIDDEN, /* there is one, and /proc does not show it */
	PROCESS_THREAD, /* of another process */
	PROCESS_ENDED,	/* and its parent has not waited for it */
	PROCESS_KERNEL, /* a thread of the kernel */
};

/*
 * *OWNER is the process that a thread is of, the parent of one that has ended; else PID.
 * Once confined (confine.h) one that is gone cannot be told from one that is hidden.
 */
enum process_kind process_kind_of(pid_t pid, pid_t *owner);

/* Log why there is no memory of PID to read.  -ESRCH, or 0 if there is. */
int process_kind_check(pid_t pid);

#endif /* PROFILER_COMMANDS_PROCESS_KIND_H */
