/* SPDX-License-Identifier: BSD-2-Clause */
/* commands.h - wick's commands: each takes its own argc and argv, returns the exit status. */
#ifndef PROFILER_COMMANDS_COMMANDS_H
#define PROFILER_COMMANDS_COMMANDS_H

int command_record(int argc, char **argv);
int command_flamegraph(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_symbolize(int argc, char **argv);
int command_dump(int argc, char **argv);
int command_doctor(int argc, char **argv);

#endif /* PROFILER_COMMANDS_COMMANDS_H */
