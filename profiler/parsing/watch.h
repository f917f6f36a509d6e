/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.h - what another process may take while it is waited for.
 *
 * Its time is CPU time: a busy machine is not its fault.  Waiting without end is, for a file system
 * that does not answer: then none of its threads runs, or wants to.
 *
 * Source:    clock_getcpuclockid(3); /proc/PID/statm, /proc/PID/task.
 * Errors:    0 or a negative errno: -ETIME too much CPU time; -ENOSPC too much memory; -ETIMEDOUT it
 *            waits for something that does not come; -ECANCELED `stop` said so.
 * Threads:   one watch, one thread.
 */
#ifndef PROFILER_PARSING_WATCH_H
#define PROFILER_PARSING_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct watch {
	pid_t pid;
	clockid_t clock;
	uint64_t cpu_end_ns; /* of its CPU clock */
	uint64_t cpu_ns;     /* when it was looked at last */
	int64_t busy_ms;     /* when it was seen to run last */
	int64_t looked_ms;
	size_t memory_max; /* bytes that are resident */
	int64_t stuck_ms;  /* without running; watch_begin() sets what a slow disk needs */
	/* Is it to be given up?  It is asked at each look; NULL, as watch_begin() leaves it: no. */
	bool (*stop)(void *ctx);
	void *stop_ctx;
};

/* Begin to watch PID, which may take CPU_MS from now on. */
int watch_begin(struct watch *watch, pid_t pid, int64_t cpu_ms, size_t memory_max);

/* Wait until SOCKET is ready for EVENTS, as of poll(2). */
int watch_wait(struct watch *watch, int socket, short events);

#endif /* PROFILER_PARSING_WATCH_H */
