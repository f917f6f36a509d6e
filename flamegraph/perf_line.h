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

struct text {
	const char *s;
	size_t len;
};

/*	comm PID[/TID] [CPU] TIME: PERIOD EVENT: REST	*/
struct perf_head {
	struct text comm;
	struct text pid; /* len 0: not there; one number alone is a thread's */
	struct text tid;
	struct text period; /* len 0: not there */
	struct text event;  /* len 0: not there; without its last colon */
	bool is_bare;	    /* a name and a number, which many a line is */
	struct text rest;   /* len 0: nothing; an only frame, or the words of a tracepoint */
};

/*	ADDRESS NAME+OFFSET (MODULE)	*/
struct perf_frame {
	bool has_address;
	struct text name;   /* without the offset; len 0: not there; " ": a symbol called "" */
	struct text module; /* "inlined": the function is; len 0: not there */
};

/* Without spaces at either end. */
struct text perf_trim(struct text line);

bool perf_parse_head(struct text line, struct perf_head *head);
bool perf_parse_frame(struct text line, struct perf_frame *frame);

/* A source line below a frame: "file.c:12", "libc.so.6[27b25]". */
bool perf_is_source(struct text line);

#endif /* FLAMEGRAPH_PERF_LINE_H */
