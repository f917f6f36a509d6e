/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tree.h - the processes that exist below others.
 *
 * Source:    /proc/PID/stat, /proc/PID/task.
 * Errors:    0 or a negative errno.
 */
#ifndef PROFILER_SOURCE_TREE_H
#define PROFILER_SOURCE_TREE_H

#include "profiler/ids.h"

/* ROOTS, those of them that there are, and their descendants; out->ids is for free(). */
int tree_processes(const struct id_list *roots, struct id_list *out);

/* All threads of these. */
int tree_threads(const struct id_list *roots, struct id_list *out);

/* All threads of PROCESSES that there are. */
int process_threads(const struct id_list *processes, struct id_list *out);

#endif /* PROFILER_SOURCE_TREE_H */
