/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unnamed.h - the user frames without a name, by file and by reason, and what to do
 * about them.
 *
 * Units:     counts in samples.
 * Ownership: paths are borrowed, and must outlive it; unnamed_fini().
 * Errors:    0 or -ENOMEM.
 */
#ifndef PROFILER_REPORT_UNNAMED_H
#define PROFILER_REPORT_UNNAMED_H

#include "profiler/id_map.h"
#include "symbolize/symbolizer.h"

#include <stdint.h>
#include <stdio.h>

struct unnamed_file {
	const char *path; /* as mapped; NULL: in no file */
	enum sym_reason reason;
	uint64_t cnt;
};

struct unnamed {
	struct unnamed_file *files;
	size_t cnt, cap;
	struct id_map index; /* by a hash of path and reason */
};

int unnamed_add(struct unnamed *u, const char *path, enum sym_reason reason, uint64_t cnt);
void unnamed_fini(struct unnamed *u);

/* Most frames first; then no more unnamed_add(). */
void unnamed_sort(struct unnamed *u);

/* A JSON array of all of them, sorted. */
void unnamed_write_json(const struct unnamed *u, FILE *f);

/* "12.00 % of user frames have no name: libfoo.so stripped (9.00 %), ...", and remedies. */
void unnamed_print(const struct unnamed *u, uint64_t user_frames);

#endif /* PROFILER_REPORT_UNNAMED_H */
