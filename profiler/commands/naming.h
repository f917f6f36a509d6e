/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * naming.h - what is said on stderr while addresses are named.
 *
 * Progress shows on a terminal when naming takes longer than a second.  It ends early if a
 * signal comes (interrupt.h), or at a moment that was set.
 *
 * Threads: one, but for what the symbolizer's threads ask.
 */
#ifndef PROFILER_COMMANDS_NAMING_H
#define PROFILER_COMMANDS_NAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "symbolize/symbolizer.h"

enum naming_end { NAMING_WHOLE, NAMING_INTERRUPTED, NAMING_LATE, NAMING_END_CNT };

struct naming {
	unsigned int mem_mib;	   /* --symbolize-mem */
	int64_t start_ms, told_ms; /* 0: not begun */
	int64_t deadline_ms;	   /* 0: there is none */
	_Atomic int end;	   /* enum naming_end, by what it has been asked so far */
};

/* Have OPTS read DWARF within MEM_MIB and tell NAMING, which outlives the symbolizer. */
void naming_set_opts(struct naming *naming, unsigned int mem_mib, struct symbolizer_opts *opts);

/* Is it to end, by a signal or because it is late?  CTX is the naming. */
bool naming_is_over(void *ctx);

/* Remove the progress, after symbolizer_resolve(). */
void naming_done(struct naming *naming);

#endif /* PROFILER_COMMANDS_NAMING_H */
