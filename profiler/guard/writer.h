/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writer.h - the process that opens what wick writes, and puts it in place.
 *
 * The process that parses foreign files may open none for writing (confine.h).  So
 * the paths of the outputs, which the user named, are told to a child before that.  It
 * is asked for one of them by its number, makes a temporary file beside it (draft.h) and
 * hands over its fd, and renames it at the end.  It reads nothing but these questions, and
 * opens what the caller of wick could open himself: who is not root has no more right to a
 * file by wick's capabilities.  When the asker is killed it removes what was not renamed.
 *
 * "-", /dev/stdout, /dev/fd/N and the like are the asker's own descriptors: they are copied
 * before the child is started.  So is kept, once a check has opened it, a device or a pipe
 * with its reader: what would come after a second open() is another thing.
 *
 * Ownership: files and paths are borrowed until writer_start() returns; writer_close() waits
 *            for the child.
 * Errors:    0 or a negative errno; -ECHILD the child is gone.
 * Threads:   one.
 */
#ifndef PROFILER_GUARD_WRITER_H
#define PROFILER_GUARD_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "profiler/guard/writer_process.h"

#define WRITER_FDS 8 /* descriptors that are left for outputs, with a margin */

struct writer;

/* Start a writer of CNT files.  ERRS gets for each why it cannot be written, or 0. */
int writer_start(const struct writer_file *files, size_t cnt, struct writer **out, int *errs);
void writer_close(struct writer *writer); /* NULL is fine */

/*
 * Have this process open as many files as it may, but for WRITER_FDS, which only
 * writer_open() uses: or a process that maps thousands of files would cost the outputs.
 */
void writer_raise_open_files(void);

/* Is FILE a descriptor that this process was started with? */
bool writer_is_own(const struct writer *writer, size_t file);

/* Was it a pipe that nobody read when it was checked?  writer_open() may take long then. */
bool writer_waits(const struct writer *writer, size_t file);

/*
 * FILE is opened, and what *FD is of is then committed or discarded: as often as the caller
 * likes, a descriptor, a device or a pipe once.
 *
 *   -EMFILE   this process has too many files open
 */
int writer_open(struct writer *writer, size_t file, int *fd);
int writer_commit(struct writer *writer, size_t file);
int writer_discard(struct writer *writer, size_t file);

#endif /* PROFILER_GUARD_WRITER_H */
