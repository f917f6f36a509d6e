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

struct refusal;
struct sample_source;
struct source_opts;

/*
 * Open the BPF source; or perf events if this user may not load BPF programs, if the kernel
 * has none, or if its BPF cannot walk by tables; or BPF by frame pointers if those fail too.
 *
 * Nothing is logged.  On failure REFUSAL is what to tell the user; its `why` says of BPF
 * whether a source for less (fewer tasks) might be opened, SOURCE_BEST: it could not.  On
 * success, if (*out)->why is not SOURCE_BEST, it is what BPF was refused for.
 */
int source_open_best(const struct source_opts *opts, struct refusal *refusal,
		     struct sample_source **out);

/* The same, for a recording: logs why it failed, and warns of what is less than the best. */
int source_open(const struct source_opts *opts, struct sample_source **out);

#endif /* PROFILER_SOURCE_CHOOSE_SOURCE_H */
