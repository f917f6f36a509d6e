/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * waiting_copies.h - copied stacks that wait until the tables they are walked by are built.
 *
 * Source:    raw copies of a sample_source; the tracker walks them.
 * Ownership: waiting_copies_free(); what a copy points to is copied.
 * Errors:    0 or a negative errno.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_WAITING_COPIES_H
#define PROFILER_RECORDING_WAITING_COPIES_H

#include "profiler/source/source.h"

struct tracker;
struct waiting_copies;

/* TRACKER is borrowed until waiting_copies_free(). */
int waiting_copies_new(struct tracker *tracker, struct waiting_copies **out);
void waiting_copies_free(struct waiting_copies *copies); /* NULL is fine */

/* Keep COPY, and the process that it is of as that is mapped now. */
int waiting_copies_add(struct waiting_copies *copies, const struct raw_copy *copy);

/*
 * Walk the copies that can be walked now, and hand each to SINK as a sample.  With LAST, or if
 * they take too much memory, all are walked as far as that goes.
 */
int waiting_copies_walk(struct waiting_copies *copies, bool last, const struct source_sink *sink);

#endif /* PROFILER_RECORDING_WAITING_COPIES_H */
