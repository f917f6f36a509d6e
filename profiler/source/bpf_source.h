/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bpf_source.h - the source of samples that is a BPF program, see source.h.
 *
 * Errors:    0 or a negative errno, with a refusal; *OUT is then NULL.
 */
#ifndef PROFILER_SOURCE_BPF_SOURCE_H
#define PROFILER_SOURCE_BPF_SOURCE_H

struct refusal;
struct sample_source;
struct source_opts;

/* REFUSAL says on failure whether another source may do. */
int bpf_source_open(const struct source_opts *opts, struct refusal *refusal,
		    struct sample_source **out);

#endif /* PROFILER_SOURCE_BPF_SOURCE_H */
