/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rate.h - changes the rate of perf events that are open.
 *
 * Units:     the rate is FREQ_HZ, which they were opened with, divided by DIVISOR.
 * Errors:    0 or a negative errno; the events that came before the failing one have
 *            the new rate.
 */
#ifndef PROFILER_RATE_H
#define PROFILER_RATE_H

#include "profiler/options.h"

#include <stddef.h>

/* A negative fd is an event that is not there. */
int rate_divide(const int *event_fds, size_t cnt, const struct event_type *event,
		unsigned int freq_hz, unsigned int divisor);

#endif /* PROFILER_RATE_H */
