/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output_format.h - the formats of outputs: one table, from which the writer of an output,
 * the endings of --output, the names of --format, the help, the completion and the
 * manual's list come.
 *
 * Ownership: formats are static.
 * Errors:    0 or a negative errno.
 */
#ifndef PROFILER_COMMANDS_OUTPUT_FORMAT_H
#define PROFILER_COMMANDS_OUTPUT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "profiler/report/output.h"

struct diff;
struct ledger;
struct picture_opts;
struct profile;
struct report;

/* What an output shows. */
struct output_content {
	const struct profile *profile;	    /* of a comparison: the later one */
	const struct picture_opts *picture; /* how pictures of it look */
	bool no_annotations;		    /* lines have no _[k], _[i], _[j] and _[p] */
	const char *name;		    /* of the profile; NULL: it has none */
	const struct report *report;	    /* of a recording; else NULL */
	const struct ledger *ledger;	    /* of a recording; else NULL */
	const struct diff *diff;	    /* of a comparison; else NULL */
};

#define OUTPUT_ENDINGS_MAX 3

struct output_format {
	const char *name;			 /* as --format has it */
	const char *endings[OUTPUT_ENDINGS_MAX]; /* of files; NULL after the last */
	int (*write)(const struct output_content *content, FILE *f);
	bool shows_diff; /* a comparison can be written */
	bool keeps_time; /* the order of a flame chart stays */
	bool has_lines;	 /* of a recording it shows source lines */
};

/* Format I of the table; NULL behind the last. */
const struct output_format *output_format_at(size_t i);

/* NULL if there is none. */
const struct output_format *output_format_by_name(const char *name);
const struct output_format *output_format_by_path(const char *path); /* "-": folded */

/*
 * Write CONTENT to each of LIST, which are WRITER's first files, whichever fails.  The first error
 * is returned, of all the reason has been logged.
 */
int output_format_write_all(struct writer *writer, const struct output_list *list,
			    const struct output_content *content);

#endif /* PROFILER_COMMANDS_OUTPUT_FORMAT_H */
