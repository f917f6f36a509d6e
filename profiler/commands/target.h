/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target.h - whom a recording is about: a command that it starts, processes or
 * threads that exist, a cgroup, or the whole machine; and when they are gone.
 *
 * Ownership: target_fini() closes what target_init() opened; a command that still
 *            runs is left alone.
 * Errors:    0 or a negative errno; the reason has been said.  -ENOENT from
 *            target_release(): the command does not exist.
 */
#ifndef PROFILER_COMMANDS_TARGET_H
#define PROFILER_COMMANDS_TARGET_H

#include "profiler/commands/options.h"
#include "profiler/source/source.h"

#include <poll.h>

#define EXIT_CMD_NOT_FOUND	127
#define EXIT_CMD_NOT_EXECUTABLE 126

struct target {
	enum source_filter filter;
	struct id_list ids; /* of the filter */
	int cgroup_fd;
	struct pollfd *ends; /* pidfds of the processes, -1 once ended */
	size_t end_cnt;
	struct id_list tids; /* threads have no pidfd before Linux 6.9: looked up by name */
	pid_t cmd;	     /* 0: none, or waited for */
	int go_fd, exec_fd;
	int cmd_status; /* of wait(), once the command was waited for */
};

int target_init(const struct record_options *opts, struct target *out);
void target_fini(struct target *target);

/* Let the command run: it becomes CMD now.  Nothing to do without a command. */
int target_release(struct target *target);

/* True when there is nothing left to sample: the command or all the tasks ended. */
bool target_ended(struct target *target);

/* End a command that is still there, and wait for it. */
void target_end_command(struct target *target, int signal);

/* The status that wick exits with after CMD: its own, or 128 + the signal's number. */
int target_exit_status(const struct target *target);

#endif /* PROFILER_COMMANDS_TARGET_H */
