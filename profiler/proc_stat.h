/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proc_stat.h - the fields of /proc/PID/stat, or of a thread's, behind its name.
 *
 * Source:  proc_pid_stat(5).  The name may hold anything, also ')' and spaces: what follows begins
 *          behind the last one.
 * Errors:  NULL: the process is gone.
 * Threads: no shared state.
 */
#ifndef PROFILER_PROC_STAT_H
#define PROFILER_PROC_STAT_H

#define PROC_STAT_SIZE 1024 /* bytes of the text; 400 are usual */

/* Read PATH into TEXT; the result begins with " S ", the state, and is followed by the parent. */
const char *proc_stat_read(const char *path, char text[PROC_STAT_SIZE]);

#endif /* PROFILER_PROC_STAT_H */
