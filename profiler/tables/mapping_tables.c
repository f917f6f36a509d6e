// SPDX-License-Identifier: BSD-2-Clause
/* mapping_tables.c - see mapping_tables.h. */
#include "profiler/tables/mapping_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#define TEXT_PAGE ((1ULL << UNWIND_PAGE_BITS) - 1)

/* vaddr of the mapping's first byte: by the executable segment whose pages it maps. */
static bool segment_of(const struct elf_image *image, const struct process_mapping *map,
		       uint64_t *vaddr, uint64_t *base)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE) - 1;
	size_t cnt;
	const Elf64_Phdr *segments = elf_image_segments(image, &cnt);
	bool found = false;

	*base = UINT64_MAX;
	for (size_t i = 0; i < cnt; i++) {
		const Elf64_Phdr *p = &segments[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		if (p->p_vaddr < *base)
			*base = p->p_vaddr;
		if (map->off >= (p->p_offset & ~page) && map->off < p->p_offset + p->p_filesz) {
			*vaddr = p->p_vaddr - p->p_offset + map->off;
			found = true;
		}
	}
	*base &= ~TEXT_PAGE;
	return found;
}

static int table_of(struct tables *tables, const struct process_mapping *map, bool build,
		    struct space_mapping *out)
{
	struct name_source *source = map->source;
	struct table_file file = { 0 };
	uint64_t vaddr = 0;
	int err;

	*out = (struct space_mapping){ .start = map->start, .end = map->end };
	if (!source || source->kind != NAMED_BY_ELF || name_source_open_image(source) ||
	    !segment_of(source->image, map, &vaddr, &file.base))
		return 0; /* code without a file that we can read: frame pointers */
	file.key = source->id;
	file.fd = source->fd;
	if (source->fd < 0) { /* the vDSO: our own is everybody's */
		file.image = (const void *)getauxval(AT_SYSINFO_EHDR);
		file.image_size = map->end - map->start;
		if (!file.image)
			return 0;
	}
	err = tables_get(tables, &file, build, &out->table);
	if (err)
		return err == -ENOMEM ? err : 0;
	out->bias = map->start - (vaddr - file.base);
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
		       struct space_mapping **out)
{
	struct space_mapping *mappings = calloc(process->cnt ? process->cnt : 1, sizeof(*mappings));
	int err = mappings ? 0 : -ENOMEM;

	*out = NULL;
	for (size_t i = 0; i < process->cnt && !err; i++)
		err = table_of(tables, &process->mappings[i], build, &mappings[i]);
	if (err)
		mapping_tables_put(tables, mappings, mappings ? process->cnt : 0);
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
	err = mapping_tables_get(tables, process, true, &memo->mappings);
	if (err)
		return err;
	memo->process = process;
	memo->cnt = process->cnt;
	memo->epoch = epoch;
	return 0;
}
