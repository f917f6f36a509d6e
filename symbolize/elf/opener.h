/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opener.h - how a file is opened that another file names, or a process.
 *
 * Merely opening a device or a FIFO may block or have effects.  The files of /proc and /sys are regular
 * ones, and reading some takes away what others wait for.  So a path is looked at through O_PATH
 * first, and opened for reading if it is a regular file of a file system that stores files.  It may be
 * any file of the machine; what is no ELF file is closed again.
 *
 * A process that may open nothing has an opener that asks another one.
 *
 * Ownership: the caller closes the fd.
 * Errors:    0 or a negative errno, and then *fd is -1: -ENOEXEC it is no such file; -ESTALE
 *            it is not the one that is wanted; or what the system calls say.
 * Threads:   any number may use one opener.
 */
#ifndef SYMBOLIZE_ELF_OPENER_H
#define SYMBOLIZE_ELF_OPENER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct mapping;
struct perf_map_wanted;

struct opener {
	int (*open)(void *ctx, const char *path, int *fd);
	/* The path of the file that is open at FD, which another file is looked for beside. */
	int (*path_of)(void *ctx, int fd, char path[PATH_MAX]);
	/*
	 * Open the file behind M, a mapping of process PID or of its KIN, as mapped_open() of
	 * process/mapped.h does, which is used if this is NULL.
	 */
	int (*open_mapped)(void *ctx, pid_t pid, pid_t kin, const struct mapping *m, int *fd);
	/*
	 * Open the /tmp of process PID, and a perf map in one, as perf_map_open_tmp() and
	 * perf_map_open_file() of process/perf_map.h do, which are used if these are NULL.
	 */
	int (*open_tmp)(void *ctx, pid_t pid, int *fd);
	int (*open_perf_map)(void *ctx, const struct perf_map_wanted *wanted, int *fd);
	/* Reading a file of DEVICE, a mapping's, took too long; may be NULL. */
	void (*late)(void *ctx, uint64_t device);
	/* Close what was opened; NULL: close(2).  A file system may not answer to that either. */
	void (*close)(void *ctx, int fd);
	void *ctx;
};

/* Open the ELF file at PATH for reading; with an OPENER of NULL as this process may. */
int opener_open(const struct opener *opener, const char *path, int *fd);

/* Close FD, which OPENER opened. */
void opener_close(const struct opener *opener, int fd);

/* Set PATH to that of the file at FD. */
int opener_path_of(const struct opener *opener, int fd, char path[PATH_MAX]);

/* Is the file at PATH_FD of O_PATH the one that is wanted?  ST is what fstat() says of it. */
typedef bool opener_wanted(const void *ctx, int path_fd, const struct stat *st);

/*
 * Turn PATH_FD of O_PATH, which is closed, into an fd that can be read.  IS_WANTED may be NULL, and is
 * asked before anything is opened.
 */
int opener_reopen(int path_fd, opener_wanted *is_wanted, const void *ctx, int *fd);

#endif /* SYMBOLIZE_ELF_OPENER_H */
