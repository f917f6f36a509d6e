/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tracker.h - which process had which file mapped where, at every moment of the
 * recording: for the symbolizer, and for the unwinder in the kernel.
 *
 * A process is known from its exec or fork on by sideband records, or, if it is
 * older, from /proc when it is first sampled.
 *
 * Source:    sideband.h, /proc/PID/maps.
 * Units:     ids are those of our own pid namespace; addresses are ips.
 * Ownership: the tracker owns what it tracks, tables and address spaces; processes are
 *            the symbolizer's, and one that tracker_process() gave stays.
 * Errors:    0 or a negative errno; tracker_open() has logged why.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_TRACKER_H
#define PROFILER_RECORDING_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/recording/interpreters.h"
#include "profiler/source/source.h"
#include "profiler/tables/tables.h"

struct tracker;
struct process;
struct symbolizer;

struct tracker_opts {
	const struct cpus *cpus;
	struct symbolizer *symbolizer;
	const struct id_list *only;		   /* processes to be tracked; NULL or empty: all */
	bool children;				   /* what those start is tracked, too */
	const struct kernel_tables *kernel_tables; /* NULL: user stacks are not walked by tables */
	const struct perf_scope *scope; /* whose records may be read; NULL: everybody's */
	size_t mem_max;			/* bytes of tables at the most */
	struct table_loader loader;	/* who reads the files, as in tables.h */
	struct interpreter_attacher attacher;
};

struct tracker_totals {
	uint64_t lost;	       /* how many times sideband records were lost */
	uint64_t reads;	       /* how many times /proc/PID/maps was read */
	uint64_t denied;       /* processes whose mappings are not ours to read */
	struct cpus_gone gone; /* CPUs that neither ticks nor records come from any more */
	uint64_t no_room;      /* processes for which the kernel's tables had no room */
	struct tables_totals tables;
	struct interpreters_unread unread;
};

int tracker_open(const struct tracker_opts *opts, struct tracker **out);
void tracker_close(struct tracker *tracker); /* NULL is fine */

/* Readable when there is something to do for tracker_drain(). */
int tracker_fd(const struct tracker *tracker);

/* How long it may be until the next tracker_drain(), though there is no news: at the most MOST_MS. */
int tracker_wait_ms(const struct tracker *tracker, int most_ms);

/* Learn everything up to the time UNTIL_NS (CLOCK_MONOTONIC), or up to now. */
#define TRACKER_NOW UINT64_MAX
int tracker_drain(struct tracker *tracker, uint64_t until_ns);

/* Has the BPF program been told of all that is known?  If not, it is told by tracker_drain() later. */
bool tracker_is_current(const struct tracker *tracker);

/* TGID was sampled for the first time, or under a new name. */
int tracker_sampled(struct tracker *tracker, uint32_t tgid);

/*
 * The process TGID as it was when it had these addresses in its stack, and SPACE, as
 * in raw_sample, was what the kernel knew of it; NULL: it ended before it could be read.
 * IPS may have SAMPLE_IP_EXACT.
 */
int tracker_process(struct tracker *tracker, uint32_t tgid, uint32_t space, const uint64_t *ips,
		    size_t cnt, struct process **out);

/* The process that COPY is of, as it was when COPY was made. */
int tracker_process_of(struct tracker *tracker, const struct raw_copy *copy, struct process **out);

/* Wait until all tables of what is known so far are built, at the most TIMEOUT_MS. */
void tracker_wait(struct tracker *tracker, int timeout_ms);

/* A number that grows whenever tables were finished: a walk that was UNWIND_PENDING may go on. */
uint64_t tracker_tables_epoch(const struct tracker *tracker);

/*
 * Walk a copied stack of PROCESS, as tracker_process_of() gave it when the copy came.
 * ENDS are where frames end on the stack.  *END is UNWIND_PENDING if it would fare better later, when its tables are built.
 */
int tracker_walk(struct tracker *tracker, const struct process *process,
		 const struct raw_copy *copy, uint64_t *ips, uint64_t *ends, size_t *cnt,
		 enum unwind_result *end);

/* The code of TGID's interpreter that evaluates frames; false: it has none, or it is not known. */
bool tracker_evaluator(struct tracker *tracker, uint32_t tgid, struct interpreter_code *out);

/*
 * How the frames of TGID's interpreter are found: interpreters_look(), when the tables of what it
 * maps are built, at the most after TIMEOUT_MS.  tracker_evaluator() has an answer then, too.
 */
int tracker_interpreter(struct tracker *tracker, uint32_t tgid, int timeout_ms,
			const struct interpreter_attacher *attacher, int memory,
			struct interpreter_file *file, struct interpreter *out);

void tracker_totals(struct tracker *tracker, struct tracker_totals *out);

#endif /* PROFILER_RECORDING_TRACKER_H */
