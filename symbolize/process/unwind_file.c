// SPDX-License-Identifier: BSD-2-Clause
/* unwind_file.c - see unwind_file.h. */
#include "symbolize/process/unwind_file.h"

#include <errno.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "symbolize/process/process.h"

/*
 * The segment that the mapping shows, by its pages: a mapping begins on a page border, and the
 * segment's bytes may begin behind it, where elf_image_off_to_vaddr() finds nothing.
 */
static int find_segment(const struct elf_headers *headers, uint64_t off, uint64_t *vaddr,
			uint64_t *base)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE) - 1;
	int err = -ENODATA;

	*base = UINT64_MAX;
	for (size_t i = 0; i < headers->segment_cnt; i++) {
		const Elf64_Phdr *p = &headers->segments[i];

		if (p->p_vaddr < *base)
			*base = p->p_vaddr;
		if (off >= (p->p_offset & ~page) && off < p->p_offset + p->p_filesz) {
			*vaddr = p->p_vaddr - p->p_offset + off;
			err = 0;
		}
	}
	return err;
}

size_t process_mapping_cnt(const struct process *p)
{
	return p->cnt;
}

int process_unwind_file(const struct process *p, size_t i, struct process_unwind_file *out)
{
	const struct process_mapping *mapping = &p->mappings[i];
	struct name_source *source = mapping->source;
	uint64_t vaddr, base;

	*out = (struct process_unwind_file){ .start = mapping->start,
					     .end = mapping->end,
					     .fd = -1 };
	if (!source || source->kind != NAMED_BY_ELF || name_source_read_headers(source) ||
	    find_segment(&source->headers, mapping->off, &vaddr, &base))
		return -ENODATA;
	if (source->fd < 0) {
		out->image = (const void *)getauxval(AT_SYSINFO_EHDR);
		out->image_size = mapping->end - mapping->start;
		if (!out->image)
			return -ENODATA;
	}
	out->fd = source->fd;
	out->owner = p->owner;
	out->key = source->id;
	out->base = base;
	out->bias = mapping->start - vaddr;
	return 0;
}
