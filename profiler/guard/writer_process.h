/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writer_process.h - what runs in the child of writer.h: it opens outputs and puts them in place.
 *
 * A question is a message whose kind is an enum writer_op and whose bytes are a file's number, a
 * uint32_t; the answer has an int32_t, 0 or -errno, and the file that was opened.  The asker may have
 * been taken over by what it read, and names no path.
 *
 * Source:    message.h, of which questions are taken without open files.
 * Ownership: FILES are borrowed.
 * Errors:    what fails is answered; what is no question ends it, as the end of SOCKET does.
 * Threads:   none else may change umask.
 */
#ifndef PROFILER_GUARD_WRITER_PROCESS_H
#define PROFILER_GUARD_WRITER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct writer_file {
	const char *path;
	bool keep_old; /* what has the name when it is committed becomes PATH.old */
	bool check;    /* writer_start() fails if it cannot be written */
};

enum writer_op { WRITER_CHECK, WRITER_OPEN, WRITER_COMMIT, WRITER_DISCARD };

/* Give up all else, serve ASKER, and exit. */
void writer_process_run(const struct writer_file *files, size_t cnt, pid_t asker, int socket);

/* Serve ASKER, the parent, at SOCKET until its end, and discard what was not committed. */
void writer_process_serve(const struct writer_file *files, size_t cnt, pid_t asker, int socket);

#endif /* PROFILER_GUARD_WRITER_PROCESS_H */
