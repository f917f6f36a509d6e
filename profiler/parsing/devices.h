/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * devices.h - which file systems do not answer: each by its own doing.
 *
 * One that was late is not asked again, unless it has answered many times: a disk may be busy.
 * When all have been late for too long, those are asked that have answered before, and no new
 * ones: whoever may mount file systems can have any number of silent ones.
 *
 * Units:     devices as mappings have them (st_dev).
 * Threads:   no shared state.
 */
#ifndef PROFILER_PARSING_DEVICES_H
#define PROFILER_PARSING_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICES_MAX 64

struct device {
	uint64_t id;
	unsigned int answered, late;
};

struct devices {
	struct device all[DEVICES_MAX];
	size_t cnt;
	int64_t late_ms; /* of all together */
};

/* Is DEVICE not to be asked? */
bool devices_refuse(const struct devices *devices, uint64_t device);

void devices_answered(struct devices *devices, uint64_t device);

/* DEVICE did not answer for MS. */
void devices_late(struct devices *devices, uint64_t device, int64_t ms);

#endif /* PROFILER_PARSING_DEVICES_H */
