/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ledger.h - what became of every tick and every frame, and what it cost.
 *
 * Units:     counts are samples, and a frame of a stack that was seen 10 times counts 10.
 * Ownership: ledger_fini(); strings are static, or live as long as the symbolizer.
 * Errors:    0 or a negative errno.
 * Threads:   one; it is printed through log.h.
 */
#ifndef PROFILER_REPORT_LEDGER_H
#define PROFILER_REPORT_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "profiler/guard/fetch.h"
#include "profiler/recording/tracker.h"
#include "profiler/report/interpreted.h"
#include "profiler/report/unnamed.h"
#include "profiler/source/budget.h"
#include "profiler/source/source.h"
#include "symbolize/symbolizer.h"

struct frame_counts {
	uint64_t by_reason[SYM_REASON_CNT];
};

struct ledger {
	const char *event;
	unsigned int freq_hz;
	int64_t start_ns; /* since the epoch */
	double duration_s;
	size_t cpu_cnt;
	bool is_time;	/* samples are time on a CPU, and not of the idle task */
	bool is_system; /* all tasks are sampled */
	struct source_stats source;
	enum source_why tier_why;
	uint64_t weight;		    /* ticks of freq_hz that the stored samples stand for */
	const struct budget_totals *budget; /* borrowed */
	uint64_t complete, incomplete, none;	    /* samples by their user stack */
	uint64_t incomplete_why[UNWIND_RESULT_CNT]; /* by how the walk of the stack ended */
	struct tracker_totals tracker;
	struct frame_counts user, kernel;
	struct unnamed unnamed; /* user frames alone */
	struct interpreted interpreted;
	struct fetch_totals fetch;
	const char *cut_short; /* what ended the naming early; NULL: nothing */
	uint64_t helpers_ns;   /* CPU time of the processes beside this one */
	double report_s;       /* from the last sample to the last byte; 0: not over */
};

/* One line of JSON.  The cost of the process is what it is until then. */
int ledger_write_json(const struct ledger *ledger, FILE *f);

/* The summary: a screen of text. */
void ledger_print(const struct ledger *ledger);

void ledger_fini(struct ledger *ledger);

/* Whether each tick has become one thing: stored, idle, filtered or lost; and each stored one a stack. */
bool ledger_adds_up(const struct ledger *ledger);

#endif /* PROFILER_REPORT_LEDGER_H */
