/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output.h - a file that appears whole or not at all.
 *
 * A regular file is written beside its final name and renamed when complete; "-"
 * is stdout, and a device or pipe is written to directly.
 *
 * Ownership: output_open() ... output_commit() or output_discard(), each once.
 * Errors:    0 or a negative errno; the reason has been said.
 */
#ifndef PROFILER_OUTPUT_H
#define PROFILER_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
	const char *path;
	FILE *f;		/* to be written by the caller */
	char *temporary;	/* NULL: written directly */
	bool keep_old;
};

/* KEEP_OLD: what has the name now becomes PATH.old. */
int output_open(const char *path, bool keep_old, struct output *out);
/* ERR: of the writer; then the file is discarded and ERR returned. */
int output_commit(struct output *out, int err);
void output_discard(struct output *out);

#endif /* PROFILER_OUTPUT_H */
