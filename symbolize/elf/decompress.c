// SPDX-License-Identifier: BSD-2-Clause
/* decompress.c - inflates compressed sections; see elf/image.h. */
#include "symbolize/elf/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "symbolize/limits.h"

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2 /* it is from the gABI; elf.h has it since glibc 2.37 */
#endif

struct compressed {
	const void *bytes;
	size_t size;
	uint32_t type;
	uint64_t inflated_size;
};

/* gABI, "Compression Header". */
static int parse_header(const struct elf_image *img, const char *bytes, size_t size,
			struct compressed *out)
{
	Elf64_Chdr wide;
	Elf32_Chdr small;
	size_t header_size = elf_image_is_64(img) ? sizeof(wide) : sizeof(small);

	if (size < header_size)
		return -ENOEXEC;
	if (elf_image_is_64(img)) {
		memcpy(&wide, bytes, sizeof(wide));
		out->type = wide.ch_type;
		out->inflated_size = wide.ch_size;
	} else {
		memcpy(&small, bytes, sizeof(small));
		out->type = small.ch_type;
		out->inflated_size = small.ch_size;
	}
	out->bytes = bytes + header_size;
	out->size = size - header_size;
	if (out->inflated_size / LIMIT_RATIO > size)
		return -ENOSPC;
	return 0;
}

static int inflate_into(const struct compressed *in, char *out)
{
	uLongf size = in->inflated_size;

	switch (in->type) {
	case ELFCOMPRESS_ZLIB:
		switch (uncompress((Bytef *)out, &size, in->bytes, in->size)) {
		case Z_OK:
			return size == in->inflated_size ? 0 : -ENOEXEC;
		case Z_MEM_ERROR:
			return -ENOMEM;
		default:
			return -ENOEXEC;
		}
	case ELFCOMPRESS_ZSTD:
		return ZSTD_decompress(out, in->inflated_size, in->bytes, in->size) ==
				       in->inflated_size
			       ? 0
			       : -ENOEXEC;
	default:
		return -ENOTSUP;
	}
}

int elf_image_inflate_section(const struct elf_image *img, const Elf64_Shdr *shdr, uint64_t most,
			      void **out, size_t *size)
{
	struct compressed compressed;
	char *inflated = NULL;
	void *bytes;
	int err;

	*out = NULL;
	*size = 0;
	if (!(shdr->sh_flags & SHF_COMPRESSED)) {
		if (shdr->sh_size > most && shdr->sh_type != SHT_NOBITS)
			return -ENOSPC;
		err = elf_image_load_section(img, shdr, out);
		*size = err ? 0 : shdr->sh_size;
		return err;
	}
	if (shdr->sh_type == SHT_NOBITS)
		return -ENODATA;
	err = elf_image_load(img, shdr->sh_offset, shdr->sh_size, &bytes);
	if (err)
		return err;
	err = parse_header(img, bytes, shdr->sh_size, &compressed);
	if (!err && compressed.inflated_size > most)
		err = -ENOSPC;
	if (!err) {
		inflated = malloc(compressed.inflated_size + 1);
		err = inflated ? inflate_into(&compressed, inflated) : -ENOMEM;
	}
	free(bytes);
	if (err) {
		free(inflated);
		return err;
	}
	inflated[compressed.inflated_size] = '\0';
	*out = inflated;
	*size = compressed.inflated_size;
	return 0;
}
