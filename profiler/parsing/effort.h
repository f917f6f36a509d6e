/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * effort.h - what looking into a file may take.
 *
 * Threads: is_over() is called by the one that waits for the file.
 */
#ifndef PROFILER_PARSING_EFFORT_H
#define PROFILER_PARSING_EFFORT_H

#include <stdbool.h>

struct effort {
	bool (*is_over)(void *ctx); /* is it to be given up, with -ECANCELED?  NULL: no */
	void *ctx;
};

#endif /* PROFILER_PARSING_EFFORT_H */
