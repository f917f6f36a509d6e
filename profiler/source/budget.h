/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * budget.h - keeps a recording below what it may cost, `--max-overhead`: measures each
 * interval, asks the governor, has the source change its rate, and remembers when.
 *
 * Source:    the time of the BPF program, as the kernel counts it, and the CPU time of
 *            this process and of its helpers.
 * Units:     the limit and what was measured are percent of the CPU time of all sampled
 *            CPUs.
 * Errors:    a rate that cannot be changed is warned of, and stays.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_BUDGET_H
#define PROFILER_SOURCE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "profiler/source/governor.h"
#include "profiler/source/source.h"

#define BUDGET_CHANGES_MAX 64 /* changes that are remembered; more are counted only */

struct rate_change {
	double at_s; /* since the start of the sampling */
	double hz;   /* from then on */
};

struct budget_totals {
	double max_percent;   /* the limit; 0: there is none */
	double percent;	      /* what the whole recording took, without the naming */
	double ticks_percent; /* the part of it that the sampling program took */
	double lowest_hz;
	struct rate_change changes[BUDGET_CHANGES_MAX];
	size_t change_cnt; /* changes that there were, remembered or not */
};

/* CPU time spent since the recording began, as of time_ns. */
struct budget_cost {
	int64_t time_ns;   /* CLOCK_MONOTONIC */
	bool has_ticks;	   /* the source measures its ticks, and ticks_ns has a meaning */
	uint64_t ticks_ns; /* CPU time of the sampling program */
	uint64_t own_ns;   /* CPU time of this process and of its helpers */
};

struct budget {
	struct sample_source *source;
	unsigned int freq_hz;
	size_t cpu_cnt;
	pid_t command; /* a child that is no helper; 0: there is none */
	struct governor governor;
	bool is_fixed; /* the rate cannot be changed */
	struct budget_cost start, last;
	struct budget_totals totals;
};

/*
 * Begin to measure SOURCE.  With MAX_PERCENT 0 nothing is measured and nothing changes.  A
 * limit that cannot be held, as the rate is the lowest already, is warned of.
 */
void budget_begin(struct budget *b, struct sample_source *source, double max_percent,
		  unsigned int freq_hz, size_t cpu_cnt, pid_t command);

/* Call it when an interval is over, just before all of its samples are drained. */
void budget_check(struct budget *b);

/* Measure for the last time: the sampling is over. */
const struct budget_totals *budget_end(struct budget *b);

#endif /* PROFILER_SOURCE_BUDGET_H */
