/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * in_root.h - a path as a process in another root sees it.
 *
 * This is what openat2() does with RESOLVE_IN_ROOT, by openat() alone: a seccomp filter
 * cannot look at flags behind a pointer, so that a confined process has no openat2().
 *
 * Source:    path_resolution(7).
 * Ownership: the caller closes the fd.
 * Threads:   no shared state.
 */
#ifndef SYMBOLIZE_PROCESS_IN_ROOT_H
#define SYMBOLIZE_PROCESS_IN_ROOT_H

/*
 * Open PATH below the folder ROOT_FD: absolute paths and symlinks start there, and
 * ".." does not lead out of it, whatever others rename meanwhile.  The result is an fd of
 * O_PATH, or -errno: -ELOOP too many symlinks, -ENAMETOOLONG a path or a depth beyond
 * reason, or what the system calls say.
 */
int in_root_open(int root_fd, const char *path);

#endif /* SYMBOLIZE_PROCESS_IN_ROOT_H */
