/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf_map.h - the file in which a process names the code that it generates.
 *
 * It is written by the process observed, in a directory that anyone may write
 * to, and read with the rights of the observer; so it is opened below the
 * process's own root, never through a symlink, and only if it is a regular file
 * that belongs to the process's user or to root.
 *
 * Source:    /tmp/perf-PID.map; linux: tools/perf/Documentation/jit-interface.txt.
 * Errors:    -ENOENT no such process, or no map; -EPERM not theirs, or no regular
 *            file; -ENOMEM; or what the system call says.
 */
#ifndef SYMBOLIZE_PERF_MAP_H
#define SYMBOLIZE_PERF_MAP_H

#include <stddef.h>
#include <sys/types.h>

/* What /proc/PID/status says: PID in its own namespace, and its effective user. */
int perf_map_ids(pid_t pid, pid_t *ns_pid, uid_t *uid);

int perf_map_open(pid_t pid, pid_t ns_pid, uid_t uid, int *fd);

/* The whole lines of it so far, for free(), with a NUL behind them; at most 64 MiB. */
int perf_map_read(int fd, char **text, size_t *len);

#endif /* SYMBOLIZE_PERF_MAP_H */
