/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ledger.h - what became of every tick and every frame, and what it cost.
 *
 * Units:     counts in samples, so that a frame of a stack seen 10 times counts 10.
 * Ownership: strings are static, or live as long as the symbolizer; ledger_fini().
 */
#ifndef PROFILER_REPORT_LEDGER_H
#define PROFILER_REPORT_LEDGER_H

#include "profiler/source/budget.h"
#include "profiler/guard/fetch.h"
#include "profiler/source/source.h"
#include "profiler/recording/tracker.h"
#include "profiler/report/unnamed.h"
#include "symbolize/symbolizer.h"

#include <stdint.h>
#include <stdio.h>

struct frame_counts {
	uint64_t by_reason[SYM_REASON_CNT];
};

struct ledger {
	const char *event;
	unsigned int freq_hz;
	int64_t start_ns; /* since the epoch */
	double duration_s;
	size_t cpu_cnt;
	struct source_stats source;
	enum source_why tier_why;
	uint64_t weight; /* of the stored ones: ticks of freq_hz that they stand for */
	const struct budget_totals *budget; /* borrowed */
	uint64_t complete, incomplete, none;
	uint64_t incomplete_why[UNWIND_RESULT_CNT]; /* how the walk of an incomplete one ended */
	struct tracker_totals tracker;
	struct frame_counts user, kernel;
	struct unnamed unnamed; /* user frames; ledger_fini() */
	struct fetch_totals fetch;
	double report_s;
};

/* One line of JSON, without the fields of the process's own cost if it is not yet known. */
int ledger_write_json(const struct ledger *ledger, FILE *f);

/* A screen of text through log_print(). */
void ledger_print(const struct ledger *ledger);

void ledger_fini(struct ledger *ledger);

/* ticks == stored + idle + filtered + everything lost? */
bool ledger_adds_up(const struct ledger *ledger);

#endif /* PROFILER_REPORT_LEDGER_H */
