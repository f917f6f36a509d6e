// SPDX-License-Identifier: BSD-2-Clause
/* rate.c - see rate.h. */
#include "profiler/rate.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <sys/ioctl.h>

#define NS_PER_S 1000000000ULL

/*
 * A clock that was asked for a frequency has made it a period in nanoseconds, and takes
 * nothing else (perf_swevent_init_hrtimer() of the kernel); other events take a frequency.
 */
static uint64_t period_of(const struct event_type *event, unsigned int freq_hz,
			  unsigned int divisor)
{
	bool is_clock = event->type == PERF_TYPE_SOFTWARE &&
			(event->config == PERF_COUNT_SW_CPU_CLOCK ||
			 event->config == PERF_COUNT_SW_TASK_CLOCK);

	return is_clock ? NS_PER_S / freq_hz * divisor : freq_hz / divisor;
}

int rate_divide(const int *event_fds, size_t cnt, const struct event_type *event,
		unsigned int freq_hz, unsigned int divisor)
{
	uint64_t period = period_of(event, freq_hz, divisor);

	for (size_t i = 0; i < cnt; i++) {
		if (event_fds[i] >= 0 && ioctl(event_fds[i], PERF_EVENT_IOC_PERIOD, &period))
			return -errno;
	}
	return 0;
}
