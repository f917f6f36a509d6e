/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * formats.h - the readers and writers of a profile.
 *
 * Errors: 0 or a negative errno; a writer also reports what the stream's own
 *         error flag says, the caller still checks fclose().
 */
#ifndef FLAMEGRAPH_FORMATS_H
#define FLAMEGRAPH_FORMATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct profile;

struct folded_opts {
	bool no_annotations;	/* drop _[k], _[i], _[j] */
};

/* Lines sorted bytewise, one a stack: `a;b;c 12`. */
int folded_write(const struct profile *p, const struct folded_opts *opts, FILE *f);

#endif /* FLAMEGRAPH_FORMATS_H */
