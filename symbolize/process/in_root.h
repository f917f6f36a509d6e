/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * in_root.h - a path as a process in another root sees it.
 *
 * What openat2() does with RESOLVE_IN_ROOT, by openat() alone: flags behind a
 * pointer are none that a seccomp filter can look at, so that a confined process
 * has no openat2().
 */
#ifndef SYMBOLIZE_PROCESS_IN_ROOT_H
#define SYMBOLIZE_PROCESS_IN_ROOT_H

/*
 * PATH below the directory ROOT_FD: absolute paths and symlinks start there, and
 * ".." does not lead out of it, whatever others rename meanwhile.  An fd for O_PATH,
 * to be closed; or -errno: -ELOOP too many symlinks, -ENAMETOOLONG a path or a depth
 * beyond reason.
 */
int in_root_open(int root_fd, const char *path);

#endif /* SYMBOLIZE_PROCESS_IN_ROOT_H */
