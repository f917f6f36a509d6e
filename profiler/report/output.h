/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output.h - a file that is written whole or not at all: the writer (writer.h) has it
 * under another name until output_commit().  "-" is stdout; an own descriptor, a device and a
 * pipe are written to directly; what a terminal would obey becomes '?' there.
 *
 * Ownership: output_open() ... output_commit() or output_discard(), each once.
 * Errors:    0 or a negative errno; the reason has been logged.
 */
#ifndef PROFILER_REPORT_OUTPUT_H
#define PROFILER_REPORT_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "profiler/guard/writer.h"

struct output_format;

/* A file that a user asked for. */
struct output_spec {
	const char *path;		    /* "-": stdout */
	const struct output_format *format; /* output_format.h */
	bool keep_old;			    /* what has the name becomes PATH.old */
};

struct output_list {
	struct output_spec *specs;
	size_t cnt;
};

struct output {
	const char *path;
	FILE *f;	/* to be written by the caller */
	FILE *terminal; /* NULL: it is none; else what is written waits in text for being cleaned */
	char *text;
	size_t len;
	struct writer *writer;
	size_t file;
};

/*
 * Start a writer for the files of LIST, then those of MORE.  It fails if a file of LIST cannot
 * be written, rather than after an hour of recording.
 */
int output_prepare(const struct output_list *list, const struct writer_file *more, size_t more_cnt,
		   struct writer **out);

/* Open number FILE of WRITER's files, whose name is PATH. */
int output_open(struct writer *writer, size_t file, const char *path, struct output *out);
/* Put the file in place, and say so.  If writing it gave an ERR, it is discarded, and ERR returned. */
int output_commit(struct output *out, int err);
void output_discard(struct output *out);

#endif /* PROFILER_REPORT_OUTPUT_H */
