/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf_line.h - one line of the text of `perf script`: the head of a sample, or a
 * frame of its stack.
 *
 * Source:    perf-script(1); the fields that are not printed by default, or that
 *            were not in older versions, may be missing.
 * Ownership: everything points into the line.
 */
#ifndef FLAMEGRAPH_PERF_LINE_H
#define FLAMEGRAPH_PERF_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct perf_text {
	const char *s;
	size_t len;
};

/*	comm PID[/TID] [CPU] TIME: PERIOD EVENT: REST	*/
struct perf_head {
	struct perf_text comm;
	struct perf_text pid; /* len 0 if missing; a number that stands alone is a thread's */
	struct perf_text tid;
	struct perf_text period; /* len 0 if missing */
	struct perf_text event;	 /* without its last colon; len 0 if missing */
	bool is_bare;		 /* it is a name and a number, as many a line that is no head */
	struct perf_text rest; /* a single frame, or the words of a tracepoint; len 0 if missing */
};

/*	ADDRESS NAME+OFFSET (MODULE)	*/
struct perf_frame {
	bool has_address;
	struct perf_text name;	 /* without the offset; len 0 if missing, " " if it is "" */
	struct perf_text module; /* "inlined" for an inlined function; len 0 if missing */
};

/* Return the text without spaces at either end. */
struct perf_text perf_trim(struct perf_text line);

bool perf_parse_head(struct perf_text line, struct perf_head *head);
bool perf_parse_frame(struct perf_text line, struct perf_frame *frame);

/* Is it a source line as it stands below a frame: "file.c:12", "libc.so.6[27b25]"? */
bool perf_is_source(struct perf_text line);

#endif /* FLAMEGRAPH_PERF_LINE_H */
