// SPDX-License-Identifier: BSD-2-Clause
/* events.c - see events.h. */
#include "profiler/source/events.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profiler/cpus.h"
#include "profiler/log.h"
#include "profiler/source/denial.h"
#include "profiler/source/refusal.h"
#include "profiler/sysctl.h"

#define NS_PER_S     1000000000ULL
#define GOLDEN_RATIO 0.618 /* its multiples are nowhere near a whole number for long */

struct event {
	int cpu;
	unsigned int freq_hz;
	int fd;
};

struct events {
	const char *name;
	bool is_clock;
	size_t cnt;
	struct event list[];
};

/* No other source would have these events either: the reason has nothing to do with BPF. */
static int refuse(struct refusal *out, const char *name, int cpu, int err)
{
	char text[256];

	if ((err == -EACCES || err == -EPERM || err == -ENOSYS) &&
	    denial_text(denial_of_perf(), "perf_event_open", text, sizeof(text)))
		return refusal_set(out, SOURCE_BEST, err, "cannot sample %s: %s (%s)", name,
				   strerror(-err), text);
	if (err == -EACCES || err == -EPERM)
		return refusal_set(out, SOURCE_BEST, err,
				   "cannot sample %s on CPU %d: %s (needs root, or CAP_PERFMON, or "
				   "kernel.perf_event_paranoid -1: try sudo)",
				   name, cpu, strerror(-err));
	if (err == -ENOSYS)
		return refusal_set(
			out, SOURCE_BEST, err,
			"cannot sample %s: this kernel has no perf events (CONFIG_PERF_EVENTS)",
			name);
	if (err == -ENOENT || err == -EOPNOTSUPP)
		return refusal_set(
			out, SOURCE_BEST, err,
			"cannot sample %s: this machine has no such counter (virtual machines "
			"often have none; cpu-clock is everywhere)",
			name);
	return refusal_set(out, SOURCE_BEST, err, "cannot sample %s on CPU %d: %s", name, cpu,
			   strerror(-err));
}

static int open_event(const struct event_type *type, unsigned int freq_hz, int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = type->type,
		.config = type->config,
		.disabled = 1,
	};
	int fd;

	events_set_rate(type, freq_hz, 1, &attr);
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool is_clock(const struct event_type *type)
{
	return type->type == PERF_TYPE_SOFTWARE && (type->config == PERF_COUNT_SW_CPU_CLOCK ||
						    type->config == PERF_COUNT_SW_TASK_CLOCK);
}

static unsigned int common_divisor(unsigned int a, unsigned int b)
{
	return b ? common_divisor(b, a % b) : a;
}

/*
 * The rates have no common divisor with the whole one: else a loop of the whole rate would
 * be seen in a few places only (184 of 299 Hz: in 13).
 */
bool event_is_time(const struct event_type *type)
{
	return type->type == PERF_TYPE_SOFTWARE && (type->config == PERF_COUNT_SW_CPU_CLOCK ||
						    type->config == PERF_COUNT_SW_TASK_CLOCK);
}

size_t events_rates(const struct event_type *type, unsigned int freq_hz,
		    unsigned int rates[EVENTS_A_CPU])
{
	rates[0] = (unsigned int)(GOLDEN_RATIO * freq_hz);
	while (rates[0] && common_divisor(rates[0], freq_hz) > 1)
		rates[0]++;
	rates[1] = freq_hz - rates[0];
	if (is_clock(type) && rates[0])
		return 2;
	rates[0] = freq_hz;
	return 1;
}

/* A divided clock is set by its period, to have its exact part of the whole rate. */
void events_set_rate(const struct event_type *type, unsigned int rate_hz, unsigned int divisor,
		     struct perf_event_attr *attr)
{
	attr->freq = divisor == 1 || !is_clock(type);
	if (attr->freq)
		attr->sample_freq = rate_hz / divisor ? rate_hz / divisor : 1;
	else
		attr->sample_period = NS_PER_S / rate_hz * divisor;
}

int events_check_rate(unsigned int freq_hz)
{
	unsigned int max = (unsigned int)sysctl_read("kernel/perf_event_max_sample_rate", 0);

	if (!max || freq_hz <= max)
		return 0;
	log_error("-F %u is above this kernel's limit of %u samples per second "
		  "(sysctl kernel.perf_event_max_sample_rate=%u)",
		  freq_hz, max, freq_hz);
	return -EINVAL;
}

int events_open(const struct event_type *type, unsigned int freq_hz, const struct cpus *cpus,
		struct refusal *refusal, struct events **out)
{
	unsigned int rates[EVENTS_A_CPU];
	size_t rate_cnt = events_rates(type, freq_hz, rates);
	struct events *events =
		malloc(sizeof(*events) + rate_cnt * cpus->cnt * sizeof(events->list[0]));

	*out = NULL;
	if (!events)
		return refusal_set(refusal, SOURCE_BEST, -ENOMEM, NULL);
	*events = (struct events){ .name = type->name, .is_clock = is_clock(type) };
	for (size_t i = 0; i < rate_cnt * cpus->cnt; i++) {
		int cpu = cpus->ids[i / rate_cnt];
		int fd = open_event(type, rates[i % rate_cnt], cpu);

		if (fd == -ENODEV) { /* taken offline since the list was read */
			if (i % rate_cnt == 0)
				log_warn("CPU %d is offline and not sampled", cpu);
		} else if (fd < 0) {
			events_close(events);
			return refuse(refusal, type->name, cpu, fd);
		} else {
			events->list[events->cnt++] = (struct event){
				.cpu = cpu, .freq_hz = rates[i % rate_cnt], .fd = fd
			};
		}
	}
	if (!events->cnt) {
		events_close(events);
		return refusal_set(refusal, SOURCE_BEST, -ENODEV, "no CPU of the list is online");
	}
	*out = events;
	return 0;
}

void events_close(struct events *events)
{
	if (!events)
		return;
	for (size_t i = 0; i < events->cnt; i++)
		close(events->list[i].fd);
	free(events);
}

/* One ioctl for each event; WHAT is the verb of the refusal. */
static int control(const struct events *events, unsigned long request, int arg, const char *what,
		   struct refusal *refusal)
{
	for (size_t i = 0; i < events->cnt; i++) {
		int err;

		if (!ioctl(events->list[i].fd, request, arg))
			continue;
		err = -errno;
		return refusal_set(refusal, SOURCE_BEST, err, "cannot %s %s on CPU %d: %s", what,
				   events->name, events->list[i].cpu, strerror(-err));
	}
	return 0;
}

/* libbpf would start the event, too.  The program goes when the event does. */
int events_attach(struct events *events, int prog_fd, struct refusal *refusal)
{
	return control(events, PERF_EVENT_IOC_SET_BPF, prog_fd, "attach the sampling program to",
		       refusal);
}

int events_enable(struct events *events)
{
	struct refusal refusal = { 0 };
	int err = control(events, PERF_EVENT_IOC_ENABLE, 0, "start", &refusal);

	refusal_log(&refusal);
	refusal_fini(&refusal);
	return err;
}

void events_disable(struct events *events)
{
	for (size_t i = 0; i < events->cnt; i++)
		ioctl(events->list[i].fd, PERF_EVENT_IOC_DISABLE, 0);
}

/*
 * A clock that was asked for a frequency has made it a period in nanoseconds, and takes
 * nothing else (perf_swevent_init_hrtimer() of the kernel); other events take a frequency.
 */
static int set_period(const struct events *events, const struct event *event, unsigned int divisor)
{
	uint64_t period =
		events->is_clock ? NS_PER_S / event->freq_hz * divisor : event->freq_hz / divisor;

	return ioctl(event->fd, PERF_EVENT_IOC_PERIOD, &period) ? -errno : 0;
}

int events_divide_rate(struct events *events, unsigned int divisor)
{
	for (size_t i = 0; i < events->cnt; i++) {
		int err = set_period(events, &events->list[i], divisor);

		if (err)
			return err;
	}
	return 0;
}
