/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * comms.h - the names of threads, as perf records tell of them.
 *
 * Source:    /proc/TID/comm for those that nobody told of.
 * Ownership: comms_free().
 * Errors:    0 or -ENOMEM.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_COMMS_H
#define PROFILER_SOURCE_COMMS_H

#include "profiler/source/source.h"

struct comms;

int comms_new(struct comms **out);
void comms_free(struct comms *comms); /* NULL is fine */

/* NAME has COMM_LEN bytes and is padded with NULs. */
int comms_set(struct comms *comms, uint32_t tid, const char *name);

/* Forget all names: records were lost, so that what is known may be wrong. */
void comms_forget(struct comms *comms);

/* CHILD was started by PARENT, whose name it has. */
int comms_fork(struct comms *comms, uint32_t child, uint32_t parent);

/* *NAME is "?" if nothing is known; it lives until the next call. */
int comms_get(struct comms *comms, uint32_t tid, const char **name);

#endif /* PROFILER_SOURCE_COMMS_H */
