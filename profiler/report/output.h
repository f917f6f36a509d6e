/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output.h - a file that is written whole or not at all: the writer (writer.h) has it
 * under another name until output_commit().  "-" is stdout, and a device or pipe is
 * written to directly.
 *
 * Ownership: output_open() ... output_commit() or output_discard(), each once.
 * Errors:    0 or a negative errno; the reason has been said.
 */
#ifndef PROFILER_REPORT_OUTPUT_H
#define PROFILER_REPORT_OUTPUT_H

#include "profiler/guard/writer.h"

#include <stdbool.h>
#include <stdio.h>

struct output_format;

/* A file that a user asked for. */
struct output_spec {
	const char *path;		    /* "-": stdout */
	const struct output_format *format; /* output_format.h */
};

struct output_list {
	struct output_spec *specs;
	size_t cnt;
};

struct output {
	const char *path;
	FILE *f;	       /* to be written by the caller */
	struct writer *writer; /* NULL: stdout */
	size_t file;
};

/*
 * A writer whose files are those of LIST, and MORE after them.  Those of LIST can be
 * written: better asked now than after an hour.  *OUT is NULL if there is none but stdout.
 */
int output_prepare(const struct output_list *list, const struct writer_file *more, size_t more_cnt,
		   struct writer **out);

/* FILE of WRITER, which is PATH. */
int output_open(struct writer *writer, size_t file, const char *path, struct output *out);
/* ERR: of the writing; then the file is discarded and ERR returned. */
int output_commit(struct output *out, int err);
void output_discard(struct output *out);

#endif /* PROFILER_REPORT_OUTPUT_H */
