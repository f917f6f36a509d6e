/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapped.h - the file behind a mapping, opened: also when its process has ended.
 *
 * It is looked for in this order:
 *   /proc/PID/map_files/START-END	the very file, deleted or not; needs a capability
 *   PATH below /proc/PID/root		as the process sees it
 *   PATH below /proc/KIN/root		as a relative that still lives sees it
 *   PATH					as we see it
 * A path may meanwhile lead to another file.  The one that is opened must have the
 * mapping's inode, and its device, except on file systems that show another one in
 * stat() than in mappings (btrfs, overlayfs); and its generation where the mapping
 * says it, since an inode number is used again.
 *
 * Source:    proc_pid_map_files(5), proc_pid_root(5).
 * Ownership: the caller closes *fd, which is -1 on failure.
 * Errors:    -ENOENT; -ESTALE it is another file; -ENOEXEC it is no regular file, as devices
 *            and FIFOs are never opened; or what the system calls say.
 */
#ifndef SYMBOLIZE_PROCESS_MAPPED_H
#define SYMBOLIZE_PROCESS_MAPPED_H

#include <sys/types.h>

#include "symbolize/process/maps.h"

/* Open M's file.  KIN is a process that sees what PID sees: its parent as a rule; 0 if none. */
int mapped_open(pid_t pid, pid_t kin, const struct mapping *m, int *fd);

#endif /* SYMBOLIZE_PROCESS_MAPPED_H */
