// SPDX-License-Identifier: BSD-2-Clause
/* devices.c - see devices.h. */
#include "profiler/parsing/devices.h"

#define ANSWERS_TO_ONE 16   /* for each time that it was late */
#define LATE_MS	       1000 /* of all together; then no new one is asked */

static const struct device *find(const struct devices *d, uint64_t id)
{
	for (size_t i = 0; i < d->cnt; i++) {
		if (d->all[i].id == id)
			return &d->all[i];
	}
	return NULL;
}

/* NULL: there is no room for it. */
static struct device *add(struct devices *d, uint64_t id)
{
	const struct device *known = find(d, id);

	if (known)
		return &d->all[known - d->all];
	if (d->cnt == DEVICES_MAX)
		return NULL;
	d->all[d->cnt] = (struct device){ .id = id };
	return &d->all[d->cnt++];
}

bool devices_refuse(const struct devices *d, uint64_t id)
{
	const struct device *device = find(d, id);

	if (device && device->late)
		return device->late * ANSWERS_TO_ONE > device->answered;
	return d->late_ms > LATE_MS && (!device || !device->answered);
}

void devices_answered(struct devices *d, uint64_t id)
{
	struct device *device = add(d, id);

	if (device)
		device->answered++;
}

void devices_late(struct devices *d, uint64_t id, int64_t ms)
{
	struct device *device = add(d, id);

	if (device)
		device->late++;
	d->late_ms += ms;
}
