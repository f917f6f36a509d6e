/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapping_tables.h - the mappings of a process with the unwind tables of their files.
 *
 * Ownership: mapping_tables_put(), or free() after spaces_set() has taken the tables over.
 * Errors:    0 or -ENOMEM; a file without a table is a mapping without one.
 */
#ifndef PROFILER_TABLES_MAPPING_TABLES_H
#define PROFILER_TABLES_MAPPING_TABLES_H

#include "profiler/tables/spaces.h"
#include "profiler/tables/tables.h"

struct process;

/* *CNT mappings, ascending; with BUILD, the building of tables that are new begins. */
int mapping_tables_get(struct tables *tables, const struct process *process, bool build,
		       struct space_mapping **out, size_t *cnt);
void mapping_tables_put(struct tables *tables, struct space_mapping *mappings, size_t cnt);

/* The last process that was asked for; all zero: none was. */
struct mapping_memo {
	const struct process *process; /* it was sampled, so it changes no more */
	struct space_mapping *mappings;
	size_t cnt;
	uint64_t epoch;
};

/* As mapping_tables_get() with BUILD; EPOCH grows whenever tables were finished. */
int mapping_memo_get(struct mapping_memo *memo, struct tables *tables,
		     const struct process *process, uint64_t epoch);
void mapping_memo_forget(struct mapping_memo *memo, struct tables *tables);

#endif /* PROFILER_TABLES_MAPPING_TABLES_H */
