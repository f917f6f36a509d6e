/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interpreted.h - interpreters' frames in stacks: which native frames are the interpreter at work,
 * and are not shown, and the account of each language.
 *
 * Units:     counts are samples, and a frame of a stack that was seen 10 times counts 10.
 * Ownership: the caller's.
 * Threads:   one; it is printed through log.h.
 */
#ifndef PROFILER_REPORT_INTERPRETED_H
#define PROFILER_REPORT_INTERPRETED_H

#include <stdint.h>
#include <stdio.h>

#include "profiler/recording/collect.h"
#include "profiler/recording/interpreters.h"

struct symbolizer;

#define REPORT_HIDDEN UINT32_MAX /* in place of an answer's id: the frame is not shown */

/* Which native frames of a stack that has interpreted ones are shown. */
enum native_frames {
	NATIVE_USEFUL, /* all but those of the interpreter itself between two interpreted ones */
	NATIVE_ALL,
	NATIVE_NONE,
};

struct interpreted_counts {
	uint64_t by_end[INTERPRETER_END_CNT]; /* samples of processes of the language */
	uint64_t unpaired;		      /* of those with frames */
	uint64_t frames[CODE_LACK_CNT];	      /* those with names, and the others by reason */
};

struct interpreted {
	struct interpreted_counts by_kind[INTERPRETER_KIND_CNT];
};

/* Ask for the frame FRAME of CODES, which an interpreter of KIND has evaluated. */
int interpreted_ask(const struct codes *codes, struct symbolizer *symbolizer,
		    enum interpreter_kind kind, uint32_t frame, uint32_t *id);

/* Make the answer of each native frame of C that is not shown REPORT_HIDDEN; see struct report. */
void interpreted_hide(const struct collect *c, const struct symbolizer *symbolizer,
		      enum native_frames shown, uint32_t *answers);

/* Count the sample of AT. */
void interpreted_count(struct interpreted *in, const struct collect_cursor *at,
		       const struct codes *codes);

/* Members of the ledger's JSON, with a comma behind each, if there is something to tell. */
void interpreted_write_json(const struct interpreted *in, const struct interpreters_unread *unread,
			    FILE *f);

/* A line of the summary for each language, and for each kind of interpreter that is not read. */
void interpreted_print(const struct interpreted *in, const struct interpreters_unread *unread);

#endif /* PROFILER_REPORT_INTERPRETED_H */
