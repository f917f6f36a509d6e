/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inherited.h - descriptors that whoever started wick left open: a terminal, a socket, a file that
 * root's shell had.  Nothing is done with them, and so who takes over a process that parses
 * foreign files shall not have them.
 *
 * Source:    /proc/self/fd; without it none is closed.
 * Threads:   called while there is one.
 */
#ifndef PROFILER_GUARD_INHERITED_H
#define PROFILER_GUARD_INHERITED_H

/*
 * Close them, but for stdin, stdout, stderr and those that one of ARGV, up to NULL, names as
 * /dev/fd/N and the like.  What wick opens itself is known by FD_CLOEXEC.
 */
void inherited_close(char *const *argv);

#endif /* PROFILER_GUARD_INHERITED_H */
