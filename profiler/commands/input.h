/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input.h - a profile from a file that a user named: folded stacks, pprof, or the
 * text of `perf script`.
 *
 * Errors: 0 or a negative errno; the reason, or what was skipped, has been logged.
 */
#ifndef PROFILER_COMMANDS_INPUT_H
#define PROFILER_COMMANDS_INPUT_H

#include "profiler/commands/options.h"

struct profile;

#define INPUT_EVENT_SIZE 64

struct input {
	enum input_format from;
	bool per_process, per_thread; /* of `perf script` */
	bool count_samples;	      /* of `perf script`: not their periods */
	const char *encoding;	      /* of folded stacks; NULL: UTF-8 */
	bool by_time;		      /* folded stacks are in the order of time, to be kept */
	char event[INPUT_EVENT_SIZE]; /* of the first file of `perf script`; "" before it */
};

/* Add the profile in the file NAME to PROFILE; "-" is stdin. */
int input_read(struct input *input, const char *name, struct profile *profile);

#endif /* PROFILER_COMMANDS_INPUT_H */
