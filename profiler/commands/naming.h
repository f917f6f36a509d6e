/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * naming.h - what is said on stderr while addresses are named.
 *
 * Progress shows on a terminal when naming takes longer than a second.
 */
#ifndef PROFILER_COMMANDS_NAMING_H
#define PROFILER_COMMANDS_NAMING_H

#include <stdint.h>

#include "symbolize/symbolizer.h"

struct naming {
	unsigned int mem_mib;	   /* --symbolize-mem */
	int64_t start_ms, told_ms; /* 0: not begun */
};

/* Have OPTS read DWARF within MEM_MIB and tell NAMING, which outlives the symbolizer. */
void naming_set_opts(struct naming *naming, unsigned int mem_mib, struct symbolizer_opts *opts);

/* Remove the progress, after symbolizer_resolve(). */
void naming_done(struct naming *naming);

#endif /* PROFILER_COMMANDS_NAMING_H */
