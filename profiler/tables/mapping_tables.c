// SPDX-License-Identifier: BSD-2-Clause
/* mapping_tables.c - see mapping_tables.h. */
#include "profiler/tables/mapping_tables.h"

#include <errno.h>
#include <stdlib.h>

#include "symbolize/process/unwind_file.h"

#define TEXT_PAGE ((1ULL << UNWIND_PAGE_BITS) - 1)

static int table_of(struct tables *tables, const struct process *process, size_t i, bool build,
		    struct space_mapping *out)
{
	struct process_unwind_file code;
	struct table_file file;
	bool has_file = !process_unwind_file(process, i, &code);
	int err;

	*out = (struct space_mapping){ .start = code.start, .end = code.end };
	if (!has_file)
		return 0; /* frame pointers are walked */
	file = (struct table_file){
		.key = code.key,
		.owner = code.owner,
		.fd = code.fd,
		.image = code.image,
		.image_size = code.image_size,
		.base = code.base & ~TEXT_PAGE,
	};
	err = tables_get(tables, &file, build, &out->table);
	if (err)
		return err == -ENOMEM ? err : 0;
	out->bias = code.bias + file.base;
	return 0;
}

void mapping_tables_put(struct tables *tables, struct space_mapping *mappings, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		if (mappings[i].table)
			tables_put(tables, mappings[i].table);
	}
	free(mappings);
}

int mapping_tables_get(struct tables *tables, const struct process *process, bool build,
		       struct space_mapping **out, size_t *cnt)
{
	struct space_mapping *mappings;
	int err = 0;

	*out = NULL;
	*cnt = process_mapping_cnt(process);
	mappings = calloc(*cnt ? *cnt : 1, sizeof(*mappings));
	if (!mappings)
		return -ENOMEM;
	for (size_t i = 0; i < *cnt && !err; i++)
		err = table_of(tables, process, i, build, &mappings[i]);
	if (err)
		mapping_tables_put(tables, mappings, *cnt);
	else
		*out = mappings;
	return err;
}

void mapping_memo_forget(struct mapping_memo *memo, struct tables *tables)
{
	if (memo->mappings)
		mapping_tables_put(tables, memo->mappings, memo->cnt);
	*memo = (struct mapping_memo){ 0 };
}

int mapping_memo_get(struct mapping_memo *memo, struct tables *tables,
		     const struct process *process, uint64_t epoch)
{
	int err;

	if (memo->process == process && memo->epoch == epoch)
		return 0;
	mapping_memo_forget(memo, tables);
	err = mapping_tables_get(tables, process, true, &memo->mappings, &memo->cnt);
	if (err)
		return err;
	memo->process = process;
	memo->epoch = epoch;
	return 0;
}
