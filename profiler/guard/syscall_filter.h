/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syscall_filter.h - the system calls that are left to each of wick's processes: seccomp
 * filters.
 *
 * Policy:  a list of what is allowed; all else is EPERM and changes nothing.  A reader
 *          opens files for reading only, starts threads but no processes, and its
 *          signals reach the pids that are named here.  The writer makes new files,
 *          opens pipes and devices, renames and removes, and does nothing with what is
 *          in a file.  The zygote forks parsers, and kills them.  A parser reads files
 *          that are open, and opens none.
 * Why not libseccomp: three kinds of rule are needed, and a table of them is shorter
 *          than the calls that would make it; and it would be one more library to
 *          load before the first sample.
 * Errors:  0 or a negative errno; -ENOSYS or -EINVAL: this kernel has no such filters.
 * Threads: a filter binds the thread that installs it and those that it starts afterwards.
 */
#ifndef PROFILER_GUARD_SYSCALL_FILTER_H
#define PROFILER_GUARD_SYSCALL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Whether the kernel has such filters. */
bool syscall_filter_available(void);

/*
 * Install a filter, for good; no_new_privs has been set before.  A reader may send signals to
 * the processes of SIGNALLED alone, at the most SIGNALLED_MAX; zeros are passed over.
 */
#define SIGNALLED_MAX 4
enum syscall_policy {
	SYSCALLS_OF_READER,
	SYSCALLS_OF_WRITER,
	SYSCALLS_OF_OPENER,
	SYSCALLS_OF_ZYGOTE,
	SYSCALLS_OF_PARSER,
	SYSCALLS_OF_FETCHER
};
int syscall_filter_install(enum syscall_policy policy, const pid_t *signalled, size_t cnt);

#endif /* PROFILER_GUARD_SYSCALL_FILTER_H */
