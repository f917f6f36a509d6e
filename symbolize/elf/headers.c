// SPDX-License-Identifier: BSD-2-Clause
/* headers.c - see elf/headers.h. */
#include "symbolize/elf/headers.h"

#include <errno.h>
#include <stdlib.h>

int elf_headers_read(const struct elf_image *image, struct elf_headers *out)
{
	size_t cnt;
	const Elf64_Phdr *all = elf_image_segments(image, &cnt);

	*out = (struct elf_headers){ .segments = calloc(ELF_HEADERS_SEGMENTS, sizeof(*all)) };
	if (!out->segments)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++) {
		if (all[i].p_type != PT_LOAD || !(all[i].p_flags & PF_X))
			continue;
		if (out->segment_cnt == ELF_HEADERS_SEGMENTS) {
			elf_headers_fini(out);
			return -ENOEXEC;
		}
		out->segments[out->segment_cnt++] = all[i];
	}
	out->build_id_len = elf_image_build_id(image, out->build_id);
	return 0;
}

void elf_headers_fini(struct elf_headers *headers)
{
	free(headers->segments);
	*headers = (struct elf_headers){ 0 };
}
