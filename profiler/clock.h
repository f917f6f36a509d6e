/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.h - what time it is.  Durations are measured by CLOCK_MONOTONIC, which nobody sets.
 *
 * Units:   nanoseconds, milliseconds.
 * Errors:  none; these clocks are always there.
 * Threads: any.
 */
#ifndef PROFILER_CLOCK_H
#define PROFILER_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static inline uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* CPU time that this thread has used. */
static inline uint64_t cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static inline int64_t now_ms(void)
{
	return (int64_t)(now_ns() / 1000000);
}

#endif /* PROFILER_CLOCK_H */
