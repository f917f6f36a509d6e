/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option_list.h - a command's options as lines for programs: the completion of each shell
 * reads them, and the test of the manual.
 *
 * Errors: 0 or a negative errno.
 */
#ifndef PROFILER_COMMANDS_OPTION_LIST_H
#define PROFILER_COMMANDS_OPTION_LIST_H

#include <stdio.h>

struct option_command;

/*
 * Write a line for COMMAND itself, then one for each option.  Its fields have a tab between
 * them, and "-" stands for what there is not: command, long name, letter, argument, default,
 * what completes the argument (`words a b c`, `file`, `folder`, `process`, `thread`,
 * `command`), help.  The line of the command has no names, and its argument is its operands.
 */
int option_list_write(const struct option_command *command, FILE *f);

#endif /* PROFILER_COMMANDS_OPTION_LIST_H */
