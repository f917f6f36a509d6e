/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.h - from the raw recording to a profile of names, and to the table of
 * the hottest functions.
 *
 * Units:     counts in samples.
 * Ownership: report_fini() frees the profile and the table.
 * Errors:    0 or a negative errno.
 */
#ifndef PROFILER_REPORT_REPORT_H
#define PROFILER_REPORT_REPORT_H

#include "profiler/recording/collect.h"
#include "profiler/report/ledger.h"

struct profile;
struct symbolizer;

struct report_opts {
	bool per_process, per_thread;
};

struct hot_function {
	const char *name;
	uint64_t self, total;
};

struct report {
	/* What it was made of, borrowed, and an answer for each frame, see collect_next(). */
	const struct collect *collect;
	const struct symbolizer *symbolizer;
	uint32_t *answers;
	struct profile *profile;
	struct hot_function *hottest; /* most samples of its own first */
	size_t hottest_cnt;
};

/* Names everything in C; fills the frame and stack counts of LEDGER. */
int report_build(const struct collect *c, struct symbolizer *symbolizer,
		 const struct report_opts *opts, struct ledger *ledger, struct report *out);
/* Shares of TICKS, collect_weight(). */
void report_print_hottest(const struct report *report, uint64_t ticks);
void report_fini(struct report *report);

/* Did the walk of SAMPLE's user stack reach the thread's entry point? */
struct sym_answer;
bool report_is_complete(const struct collect_sample *sample, const struct sym_answer *outermost);

/* Is NAME the outermost function of some thread: _start, clone3, ... ? */
bool report_is_entry(const char *name);

#endif /* PROFILER_REPORT_REPORT_H */
