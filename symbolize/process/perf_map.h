/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf_map.h - the file in which a process names the code that it generates.
 *
 * It is written by the process observed, in a directory that anyone may write
 * to, and read with the rights of the observer; so it is opened in the process's
 * own /tmp, never through a symlink, and only if it is a regular file that belongs
 * to the process's user and that nobody mounted there.
 *
 * That directory is held open: a runtime may write the file long after its first
 * code, or when it ends.  A file that was replaced by another one is kept, as its
 * code may still be what was sampled; what both name is as the later one says.
 *
 * Source:    /tmp/perf-PID.map; linux: tools/perf/Documentation/jit-interface.txt.
 * Ownership: the caller closes the map, and frees the text.
 * Errors:    -ENOENT no such process; -ENODATA no map; -ENOMEM; or what the system
 *            calls say.
 * Threads:   one map, one thread.
 */
#ifndef SYMBOLIZE_PROCESS_PERF_MAP_H
#define SYMBOLIZE_PROCESS_PERF_MAP_H

#include <stddef.h>
#include <sys/types.h>

struct opener;
struct perf_map;

/*
 * Open the map of process PID, which is called by its pid in its own namespace.  There need
 * not be a file yet.  OPENER, which is borrowed, opens and closes the files; NULL: this process.
 */
int perf_map_open(pid_t pid, const struct opener *opener, struct perf_map **out);
void perf_map_close(struct perf_map *map); /* NULL is fine */

/* Hand out the fds of the files so far, MAX at the most, and return how many; they stay MAP's. */
size_t perf_map_fds(const struct perf_map *map, int *fds, size_t max);

/* Make a map of CNT open files, which are then the map's; there is no looking for new ones. */
int perf_map_adopt(const int *fds, size_t cnt, struct perf_map **out);

/* Look for a file that is new, or another one than before. */
void perf_map_refresh(struct perf_map *map);

/* A file that is looked for. */
struct perf_map_wanted {
	int dir_fd;   /* the /tmp of the process */
	pid_t ns_pid; /* in the process's own namespace */
	uid_t uid;    /* whose it must be */
	int known_fd; /* one that is not wanted again; -1: none */
};

/* What an opener does for a map; *FD is -1 on failure.  -EALREADY: it is the known one. */
int perf_map_open_tmp(pid_t pid, int *fd);
int perf_map_open_file(const struct perf_map_wanted *wanted, int *fd);

/* Read the whole lines of all files so far, LIMIT_PERF_MAP at the most, with a NUL behind them. */
int perf_map_read(const struct perf_map *map, char **text, size_t *len);

#endif /* SYMBOLIZE_PROCESS_PERF_MAP_H */
