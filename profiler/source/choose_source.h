/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * choose_source.h - the best source of samples that this kernel and this user's
 * privileges give.
 *
 * Ownership: source_close().
 * Errors:    0 or a negative errno; *OUT is then NULL.
 */
#ifndef PROFILER_SOURCE_CHOOSE_SOURCE_H
#define PROFILER_SOURCE_CHOOSE_SOURCE_H

struct sample_source;
struct source_opts;

/*
 * BPF, or what comes next to it for who may not load it, or for a kernel whose BPF cannot
 * walk by tables where that was asked for: that is then said.
 */
int source_open(const struct source_opts *opts, struct sample_source **out);

/* The same, and only errors are said; not those of perf events, if OPTS is tentative. */
int source_open_best(const struct source_opts *opts, struct sample_source **out);

#endif /* PROFILER_SOURCE_CHOOSE_SOURCE_H */
