/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sample_program.h - the sampling program of bpf/sample.bpf.c as this kernel takes it: walking
 * by tables or by frame pointers, with bpf_loop() or without.
 *
 * Ownership: sample_program_unload(); sizes and lists are borrowed during the load.
 * Errors:    0 or a negative errno, with a refusal.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_SAMPLE_PROGRAM_H
#define PROFILER_SOURCE_SAMPLE_PROGRAM_H

#include <linux/types.h>
#include <stdbool.h>

#include "bpf/ids.h"
#include "profiler/source/bpf_sizes.h"

struct bpf_program;
struct refusal;
struct sample_bpf;
struct source_opts;

struct sample_program {
	struct sample_bpf *skel;  /* its maps and its memory */
	struct bpf_program *prog; /* the one of the programs that is to be attached */
	bool by_tables;		  /* it walks user stacks by unwind tables */
	bool has_interpreters;	  /* and takes interpreters' frames */
};

/* What the program is told before it is loaded. */
struct sample_setup {
	const struct source_opts *opts;
	const struct bpf_sizes *sizes;
	const struct ids_ns *ns;
	bool want_time; /* the kernel does not count the time of programs: the program does */
};

/*
 * Load it.  *OUT is to be unloaded also after an error.  A refusal with SOURCE_NO_TABLES
 * says that the kernel takes the program that walks by frame pointers, and only that.
 */
int sample_program_load(const struct sample_setup *setup, struct refusal *refusal,
			struct sample_program *out);
void sample_program_unload(struct sample_program *program); /* one that is all zero is fine */

#endif /* PROFILER_SOURCE_SAMPLE_PROGRAM_H */
