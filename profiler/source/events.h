/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * events.h - the perf events that tick, on each of a set of CPUs.
 *
 * A clock ticks by two events, whose rates are in the golden ratio and add up to what
 * was asked for.  One event beats with a program whose loop takes about a period: at
 * 999 Hz a loop of 1.0 ms put shares up to 3.6 points off, two events less than 0.7.
 *
 * Units:     rates in Hz, per CPU.
 * Ownership: events_close(); the lists of events_open() are borrowed.
 * Errors:    0 or a negative errno; events_open() and events_attach() fill in a refusal,
 *            events_check_rate() and events_enable() have logged why.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_EVENTS_H
#define PROFILER_SOURCE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENTS_A_CPU 2

struct cpus;
struct events;
struct perf_event_attr;
struct refusal;

/* A row of the table of sampled events. */
struct event_type {
	const char *name;
	uint32_t type; /* perf_event_attr.type */
	uint64_t config;
};

/* Does a tick stand for time on a CPU? */
bool event_is_time(const struct event_type *type);

/* Set the rates of the events of one CPU; returns how many events that is. */
size_t events_rates(const struct event_type *type, unsigned int freq_hz,
		    unsigned int rates[EVENTS_A_CPU]);

/* Ask in *ATTR for one of these rates, divided. */
void events_set_rate(const struct event_type *type, unsigned int rate_hz, unsigned int divisor,
		     struct perf_event_attr *attr);

/* -EINVAL: the kernel does not allow such a rate. */
int events_check_rate(unsigned int freq_hz);

/* -ENODEV: none of the CPUs is online; those that are not are left out, with a warning. */
int events_open(const struct event_type *type, unsigned int freq_hz, const struct cpus *cpus,
		struct refusal *refusal, struct events **out);
void events_close(struct events *events); /* NULL is fine */

/* Have each tick run the program.  There are ticks from the enabling to the disabling. */
int events_attach(struct events *events, int prog_fd, struct refusal *refusal);
int events_enable(struct events *events);
void events_disable(struct events *events);

/*
 * Tick at the rate that was asked for at first, divided.  An error leaves the events before
 * the failing one at the new rate, and is not logged.
 */
int events_divide_rate(struct events *events, unsigned int divisor);

#endif /* PROFILER_SOURCE_EVENTS_H */
