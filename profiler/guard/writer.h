/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writer.h - the process that opens what wick writes, and puts it in place.
 *
 * The process that parses foreign files may open none for writing (confine.h).  So
 * the paths of the outputs, which the user named, are told to a child before that;
 * afterwards it is asked for one of them by its number, makes a temporary file beside
 * it and hands over its fd, and renames it at the end.  It reads nothing but these
 * questions.  When the asker is killed it removes what was not renamed.
 *
 * A temporary file has a name that nobody can know, the permissions that umask
 * leaves, and under sudo the owner who called it.  A device or a pipe is opened as
 * it is.
 *
 * Ownership: paths are borrowed until writer_start() returns; writer_close() waits
 *            for the child.
 * Errors:    0 or a negative errno; -EPIPE the child is gone.
 * Threads:   one.
 */
#ifndef PROFILER_GUARD_WRITER_H
#define PROFILER_GUARD_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct writer;

struct writer_file {
	const char *path;
	bool keep_old; /* what has the name when it is committed becomes PATH.old */
	bool check;    /* writer_start() fails if it cannot be written */
};

/* Start a writer of CNT files.  *BAD is the number of one that cannot be written, else CNT. */
int writer_start(const struct writer_file *files, size_t cnt, struct writer **out, size_t *bad);
void writer_close(struct writer *writer); /* NULL is fine */

/* FILE is opened and then committed or discarded, as often as the caller likes. */
int writer_open(struct writer *writer, size_t file, int *fd);
int writer_commit(struct writer *writer, size_t file);
int writer_discard(struct writer *writer, size_t file);

#endif /* PROFILER_GUARD_WRITER_H */
