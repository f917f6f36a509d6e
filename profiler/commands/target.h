/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target.h - whom a recording is about: a command that it starts, processes or
 * threads that exist, a cgroup, or the whole machine; and when they are gone.
 *
 * Ownership: target_fini() closes what target_init() opened, also after an error; a command
 *            that still runs is left alone.  The lists of the options are borrowed.
 * Errors:    0 or a negative errno; the reason has been logged.
 */
#ifndef PROFILER_COMMANDS_TARGET_H
#define PROFILER_COMMANDS_TARGET_H

#include <poll.h>
#include <stdint.h>

#include "profiler/commands/options.h"
#include "profiler/source/source.h"

struct target {
	enum source_filter filter;
	struct id_list ids;  /* whom the filter names; borrowed from the options, or cmd_id */
	int cgroup_fd;	     /* -1: none */
	struct pollfd *ends; /* pidfds of the processes; -1 once the process has ended */
	size_t end_cnt;
	struct id_list
		tids; /* borrowed; threads have no pidfd before Linux 6.9, so /proc is asked */
	pid_t cmd;    /* > 0: the command runs or can be waited for; 0: there is none */
	const char *cmd_name;
	pid_t *cmd_id; /* ours; the one element of ids of a command */
	int go_fd,
		exec_fd; /* -1: none; the command waits at one, says at the other why it failed */
	int exec_err;	 /* why the command could not become CMD: a negative errno, or 0 */
	int cmd_status;	 /* what wait() said of the command, once that was waited for */
};

int target_init(const struct record_options *opts, struct target *out);
void target_fini(struct target *target);

/*
 * Let the command run: it becomes CMD now.  Without a command there is nothing to do.
 *
 *   -ENOENT   the command does not exist; any other error of execve(2) likewise
 */
int target_release(struct target *target);

/* True when there is nothing left to sample: the command or all the tasks ended. */
bool target_ended(struct target *target);

/* CPU time that the target has used so far, but for that of a cgroup; 0 if it cannot be told. */
uint64_t target_cpu_ns(const struct target *target);

/* End a command that is still there, and wait for it. */
void target_end_command(struct target *target, int signal);

/*
 * The status that wick exits with after CMD: its own, or 128 + the signal's number; if CMD
 * could not be started, 127 or 126, as shells have it.
 */
int target_exit_status(const struct target *target);

#endif /* PROFILER_COMMANDS_TARGET_H */
