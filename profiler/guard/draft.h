/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * draft.h - an output while it is written: a file under a name that nobody can know, beside
 * the one that it will have.  What has that name already is replaced then: a file, and a
 * symbolic link to one.  A device or a pipe is no draft: it is opened as it is.
 *
 * The file has the permissions that umask leaves, and under sudo the owner who called it.
 * A pipe of another user's in a folder that everybody may write to is not opened: see
 * place.h.
 *
 * Life:    draft_open() -> draft_commit() or draft_discard(); both may be called without.
 * Errors:  0 or a negative errno.
 * Threads: none else may change umask.
 */
#ifndef PROFILER_GUARD_DRAFT_H
#define PROFILER_GUARD_DRAFT_H

#include <limits.h>
#include <stdbool.h>

#include "profiler/guard/place.h"

struct draft {
	struct place place;	/* what it will be; its folder is -1: there is no draft */
	char now[NAME_MAX + 1]; /* what it is called in that folder until then */
};

/* No draft. */
void draft_init(struct draft *draft);

/*
 * Open what is to be written to PATH.  The fd, or a negative errno:
 *
 *   -EAGAIN   a pipe that nobody has open for reading; with WAIT it is waited for
 *   -EBUSY    a file that is a mount of its own: none can take its place
 */
int draft_open(struct draft *draft, const char *path, bool wait);

/* Is the fd that draft_open() gave that of a draft?  No: of a device or a pipe. */
bool draft_is_open(const struct draft *draft);

/*
 * Give the file its name.  With KEEP_OLD what has it becomes NAME.old.  After an error it is a
 * draft still.
 */
int draft_commit(struct draft *draft, bool keep_old);
void draft_discard(struct draft *draft);

#endif /* PROFILER_GUARD_DRAFT_H */
