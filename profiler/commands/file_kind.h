/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file_kind.h - files that people take for a profile, by their first bytes.
 *
 * Some have lines that end with a number, as folded stacks do: they would become a picture.
 *
 * Ownership: kinds are static.
 */
#ifndef PROFILER_COMMANDS_FILE_KIND_H
#define PROFILER_COMMANDS_FILE_KIND_H

#include <stdio.h>

struct file_kind {
	const char *what;   /* it is: "a program or library (ELF)" */
	const char *remedy; /* how to get a profile instead */
};

/* NULL: it may be a profile.  F reads on from where it was. */
const struct file_kind *file_kind_detect(FILE *f);

#endif /* PROFILER_COMMANDS_FILE_KIND_H */
