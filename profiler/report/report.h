/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.h - from the raw recording to a profile of names, and to the table of
 * the hottest functions.
 *
 * Units:     weights are ticks of the rate asked for; the ledger's counts are samples.
 * Ownership: what it is made of is borrowed, also the strings; report_fini() frees the profile,
 *            the table, the places and the answers, and is due whatever report_ask() and report_build() returned.
 * Errors:    0 or a negative errno.
 */
#ifndef PROFILER_REPORT_REPORT_H
#define PROFILER_REPORT_REPORT_H

#include "profiler/recording/collect.h"
#include "profiler/report/ledger.h"

struct profile;
struct speedscope_place;
struct sym_answer;
struct symbolizer;

struct report_opts {
	bool per_process, per_thread; /* what a root is: comm-PID, comm-PID/TID; else comm */
	enum native_frames native;    /* which are shown beside an interpreter's */
	bool lines; /* interpreters' frames have the line that is executed, not the first */
};

struct hot_function {
	const char *name;     /* the profile's */
	uint64_t self, total; /* ticks in which it was innermost, and anywhere in the stack */
};

struct report {
	const struct collect *collect;
	const struct symbolizer *symbolizer;
	/*
	 * An id for each frame, as collect_next() numbers them.  Between report_ask() and
	 * report_build() the caller may replace some, and hide frames.
	 */
	uint32_t *answers;
	struct profile *profile;
	struct hot_function *hottest; /* the one with the largest share of its own is first */
	size_t hottest_cnt;
	/* Of the profile's frames below place_cnt: where interpreted functions begin. */
	struct speedscope_place *places;
	size_t place_cnt;
};

/* Ask SYMBOLIZER for each frame of C, and have all answered: OUT has the answers then. */
int report_ask(const struct collect *c, struct symbolizer *symbolizer, struct report *out);
/* Build all else from the answers; what they were adds to LEDGER's counts of frames and stacks. */
int report_build(struct report *report, const struct report_opts *opts, struct ledger *ledger);
/* Print the table; shares are those of TICKS, which is collect_weight(). */
void report_print_hottest(const struct report *report, uint64_t ticks);
void report_fini(struct report *report);

/* The answer of the outermost frame of the user stack that is shown; NULL: there is none. */
const struct sym_answer *report_outermost(const struct report *report,
					  const struct collect_cursor *at);

/*
 * Whether the walk of SAMPLE's user stack has reached the thread's entry point.  OUTERMOST is as
 * report_outermost() has it.
 */
bool report_is_complete(const struct collect_sample *sample, const struct sym_answer *outermost);

/* Whether NAME is the outermost function of threads of some runtime: _start, clone3, ... */
bool report_is_entry(const char *name);

#endif /* PROFILER_REPORT_REPORT_H */
