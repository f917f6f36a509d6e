/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lineage.h - the threads that descend from some others, as the records of perf events
 * tell it in the order of time.
 *
 * A perf event that children inherit starts its period anew with each thread on each
 * CPU: at 99 Hz a process that runs for 10 ms is never seen.  Who may watch whole CPUs
 * does so, and asks here whose samples to keep.
 *
 * Units:     thread ids in our pid namespace; others belong to nobody.
 * Ownership: lineage_free().
 * Errors:    0 or a negative errno.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_LINEAGE_H
#define PROFILER_SOURCE_LINEAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/ids.h"

struct lineage;

int lineage_new(struct lineage **out);
void lineage_free(struct lineage *lineage); /* NULL is fine */

/* THREADS belong to it. */
void lineage_add(struct lineage *lineage, const struct id_list *threads);

/* TID will belong to it from its next lineage_exec() on. */
void lineage_await(struct lineage *lineage, uint32_t tid);
void lineage_exec(struct lineage *lineage, uint32_t tid);

/* PARENT made TID, which may have been another thread's id before. */
void lineage_fork(struct lineage *lineage, uint32_t tid, uint32_t parent);

bool lineage_has(const struct lineage *lineage, uint32_t tid);

#endif /* PROFILER_SOURCE_LINEAGE_H */
