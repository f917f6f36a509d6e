/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command.h - the program under test, which is run again when it ends.
 *
 * Source:    fork(2), execvp(3).
 * Ownership: command_end(); argv stays the caller's.
 * Errors:    0 or a negative errno.
 * Threads:   one.
 */
#ifndef TRUTH_COMMAND_H
#define TRUTH_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

struct command {
	char **argv;
	pid_t pid; /* 0: it does not run */
	unsigned int failures;
};

int command_start(struct command *command);

/* Has it ended since it was started?  A failure is counted, and said on stderr as one of NAME. */
bool command_has_ended(struct command *command, const char *name);

void command_end(struct command *command);

#endif /* TRUTH_COMMAND_H */
