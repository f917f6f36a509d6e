/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tree.h - the processes that exist below others.
 *
 * Source:    /proc/PID/stat, /proc/PID/task.
 * Ownership: the lists are the caller's, to be freed.
 * Errors:    0 or a negative errno; the list is then empty.
 */
#ifndef PROFILER_SOURCE_TREE_H
#define PROFILER_SOURCE_TREE_H

#include "profiler/ids.h"

/* List those of ROOTS that exist, and their descendants.  The caller frees out->ids. */
int tree_processes(const struct id_list *roots, struct id_list *out);

/* List all threads of these processes. */
int tree_threads(const struct id_list *roots, struct id_list *out);

/* List all threads of those of PROCESSES that exist. */
int tree_threads_of(const struct id_list *processes, struct id_list *out);

#endif /* PROFILER_SOURCE_TREE_H */
