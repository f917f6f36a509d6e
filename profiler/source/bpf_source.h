/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bpf_source.h - the source of samples that is a BPF program, see source.h.
 *
 * Errors:    0 or a negative errno; *OUT is then NULL.
 */
#ifndef PROFILER_SOURCE_BPF_SOURCE_H
#define PROFILER_SOURCE_BPF_SOURCE_H

struct sample_source;
struct source_opts;

/*
 * If OPTS is tentative, nothing is said of a refusal, nor of -ENOEXEC: programs are loaded
 * here, but none that walks by tables (opts.unwind).
 */
int bpf_source_open(const struct source_opts *opts, struct sample_source **out);

#endif /* PROFILER_SOURCE_BPF_SOURCE_H */
