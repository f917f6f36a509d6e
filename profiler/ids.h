/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ids.h - lists of process or thread ids.
 *
 * Units:     ids are those of our own pid namespace.
 * Ownership: who fills a list frees its ids.
 */
#ifndef PROFILER_IDS_H
#define PROFILER_IDS_H

#include <stddef.h>
#include <sys/types.h>

struct id_list {
	pid_t *ids;
	size_t cnt;
};

#endif /* PROFILER_IDS_H */
