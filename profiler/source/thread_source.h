/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread_source.h - the threads of one process as they are at this moment, as a source of samples:
 * its drain() of all hands each over once, as a copy.  Nothing is stopped.
 *
 * Ownership: as in source.h.
 * Errors:    0 or a negative errno, with a refusal.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_THREAD_SOURCE_H
#define PROFILER_SOURCE_THREAD_SOURCE_H

struct refusal;
struct sample_source;
struct source_opts;

#define THREAD_SOURCE_MAX                                                                          \
	4096 /* threads that are handed over; what there are more is its lost cause */

/* Of OPTS it takes the first of the targets.  Linux 6.1. */
int thread_source_open(const struct source_opts *opts, struct refusal *refusal,
		       struct sample_source **out);

#endif /* PROFILER_SOURCE_THREAD_SOURCE_H */
