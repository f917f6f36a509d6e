/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf_merge.h - the records of all rings, one after another, in the order of their time.
 *
 * Units:     times are CLOCK_MONOTONIC.
 * Ownership: perf_merge_fini(); the rings are borrowed.  A record lives until the next call.
 * Errors:    0 or -ENOMEM.
 * Threads:   one; the kernel writes meanwhile.
 */
#ifndef PROFILER_SOURCE_PERF_MERGE_H
#define PROFILER_SOURCE_PERF_MERGE_H

#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/source/perf_rings.h"

struct perf_cursor;

struct perf_merge {
	struct perf_rings *rings;
	struct perf_cursor *cursors; /* one for each ring */
	size_t ring_cnt;
	size_t out; /* the ring whose record is handed out; ring_cnt: none is */
	uint64_t
		bad; /* rings whose rest had to be thrown away, as it did not begin with a record */
};

/* For RING_CNT rings, which need not be open yet. */
int perf_merge_init(struct perf_merge *merge, size_t ring_cnt);
void perf_merge_fini(struct perf_merge *merge); /* one that is all zero is fine */

/* Begin with what is in RINGS now: what the kernel adds later belongs to the next round. */
void perf_merge_begin(struct perf_merge *merge, struct perf_rings *rings);

/*
 * The earliest record that is left, and the index of its ring; NULL: this round is over.  The
 * kernel may write over the record before.
 */
const struct perf_event_header *perf_merge_next(struct perf_merge *merge, size_t *ring);

#endif /* PROFILER_SOURCE_PERF_MERGE_H */
