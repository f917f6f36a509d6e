/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sysctl.h - a number that the administrator set for the kernel.
 *
 * Source:  proc(5), /proc/sys.
 * Errors:  what cannot be read is what the caller says it is otherwise.
 * Threads: any.
 */
#ifndef PROFILER_SYSCTL_H
#define PROFILER_SYSCTL_H

/* NAME is a path below /proc/sys: "kernel/kptr_restrict". */
long sysctl_read(const char *name, long otherwise);

#endif /* PROFILER_SYSCTL_H */
