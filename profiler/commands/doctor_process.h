/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor_process.h - `wick doctor --pid`: how the stacks of a process will be walked, a line for each
 * of its mappings and for its interpreter.
 *
 * Source:    /proc/PID/maps and the files that it names, /proc/PID/mem; the caller is confined
 *            before they are read.
 * Errors:    an exit status; why is logged.
 */
#ifndef PROFILER_COMMANDS_DOCTOR_PROCESS_H
#define PROFILER_COMMANDS_DOCTOR_PROCESS_H

#include <sys/types.h>

int doctor_process(pid_t pid);

#endif /* PROFILER_COMMANDS_DOCTOR_PROCESS_H */
