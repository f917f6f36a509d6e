/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapped.h - the file behind a mapping, opened: also when its process has ended.
 *
 * In this order:
 *   /proc/PID/map_files/START-END	the very file, deleted or not; needs a capability
 *   PATH below /proc/PID/root		as the process sees it
 *   PATH below /proc/KIN/root		as a relative that still lives sees it
 *   PATH					as we see it
 * A path may meanwhile lead to another file.  The one that is opened must have the
 * mapping's inode, and its device, except on file systems that show another one in
 * stat() than in mappings (btrfs, overlayfs); and its generation where the mapping
 * says it, since an inode number is used again.
 *
 * Errors:    -ENOENT, -ESTALE another file; -ENOEXEC no regular file: devices and
 *            FIFOs are never opened; or what the system call says.
 */
#ifndef SYMBOLIZE_PROCESS_MAPPED_H
#define SYMBOLIZE_PROCESS_MAPPED_H

#include <sys/types.h>

#include "symbolize/process/maps.h"

/* KIN: a process that shares PID's mount namespace as a rule, its parent; 0: none. */
int mapped_open(pid_t pid, pid_t kin, const struct mapping *m, int *fd);

#endif /* SYMBOLIZE_PROCESS_MAPPED_H */
