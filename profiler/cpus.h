/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpus.h - sets of CPU numbers, which may be sparse: `0,2-5`.
 *
 * Source:    /sys/devices/system/cpu/online, or --cpu.
 * Ownership: the caller's struct; cpus_fini() frees what is in it.
 * Errors:    0 or a negative errno; -EINVAL: not such a list.
 */
#ifndef PROFILER_CPUS_H
#define PROFILER_CPUS_H

#include <stddef.h>

struct cpus {
	int *ids; /* ascending, each once */
	size_t cnt;
};

int cpus_parse(const char *list, struct cpus *out);
int cpus_online(struct cpus *out);
void cpus_fini(struct cpus *cpus);

/* The first of A that is not in B, or -1. */
int cpus_missing(const struct cpus *a, const struct cpus *b);

#endif /* PROFILER_CPUS_H */
