/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unnamed.h - the user frames without a name, by file and by reason, and what to do
 * about them.
 *
 * Units:     counts in samples.
 * Ownership: unnamed_fini(); paths are borrowed, and must outlive it.
 * Errors:    0 or -ENOMEM.
 * Threads:   one.
 */
#ifndef PROFILER_REPORT_UNNAMED_H
#define PROFILER_REPORT_UNNAMED_H

#include <stdint.h>
#include <stdio.h>

#include "profiler/id_map.h"
#include "symbolize/symbolizer.h"

struct distro;

struct unnamed_file {
	const char *path; /* as mapped; NULL: the frames are in no file */
	enum sym_reason reason;
	uint64_t cnt; /* frames */
};

struct unnamed {
	struct unnamed_file *files;
	size_t cnt, cap;
	struct id_map index;	     /* by a hash of path and reason */
	const struct distro *distro; /* whose debug symbols help; NULL: it is not asked */
};

int unnamed_add(struct unnamed *u, const char *path, enum sym_reason reason, uint64_t cnt);
void unnamed_fini(struct unnamed *u);

/* Put the file with most frames first.  Nothing may be added after it. */
void unnamed_sort(struct unnamed *u);

/* Write all of them as a JSON array, in their present order. */
void unnamed_write_json(const struct unnamed *u, FILE *f);

/*
 * Print the first few, which are the worst if they are sorted, and what would help:
 * "12.00 % of user frames have no name: libfoo.so stripped (9.00 %), ..."
 */
void unnamed_print(const struct unnamed *u, uint64_t user_frames);

#endif /* PROFILER_REPORT_UNNAMED_H */
