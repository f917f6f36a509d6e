// SPDX-License-Identifier: BSD-2-Clause
/* minidebug.c - see minidebug.h. */
#include "symbolize/elf/minidebug.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>

#include "symbolize/limits.h"

#define FIRST_STEP (256u << 10)

/* Inflate what STREAM holds into *OUT, which grows up to MOST bytes. */
static int inflate(lzma_stream *stream, size_t most, char **out, size_t *size)
{
	size_t cap = 0;
	lzma_ret ret = LZMA_OK;

	while (ret == LZMA_OK) {
		if (!stream->avail_out) {
			size_t bigger_cap = cap ? 2 * cap : FIRST_STEP;
			char *bigger;

			if (cap >= most)
				return -ENOSPC;
			bigger_cap = bigger_cap < most ? bigger_cap : most;
			bigger = realloc(*out, bigger_cap);
			if (!bigger)
				return -ENOMEM;
			*out = bigger;
			stream->next_out = (uint8_t *)bigger + cap;
			stream->avail_out = bigger_cap - cap;
			cap = bigger_cap;
		}
		ret = lzma_code(stream, LZMA_FINISH);
	}
	*size = cap - stream->avail_out;
	switch (ret) {
	case LZMA_STREAM_END:
		return 0;
	case LZMA_MEM_ERROR:
		return -ENOMEM;
	case LZMA_MEMLIMIT_ERROR:
		return -ENOSPC;
	default:
		return -ENOEXEC;
	}
}

static int decode(const void *bytes, size_t size, char **out, size_t *out_size)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	int err;

	*out = NULL;
	*out_size = 0;
	if (lzma_stream_decoder(&stream, LIMIT_XZ_MEMORY, 0) != LZMA_OK)
		return -ENOMEM;
	stream.next_in = bytes;
	stream.avail_in = size;
	err = inflate(&stream,
		      size * LIMIT_RATIO < LIMIT_MINIDEBUG ? size * LIMIT_RATIO : LIMIT_MINIDEBUG,
		      out, out_size);
	lzma_end(&stream);
	if (err) {
		free(*out);
		*out = NULL;
	}
	return err;
}

int minidebug_open(const struct elf_image *img, void **bytes, struct elf_image **out)
{
	const Elf64_Shdr *shdr = elf_image_find_section(img, ".gnu_debugdata", SHT_PROGBITS);
	char *inflated;
	size_t size;
	void *xz;
	int err;

	*bytes = NULL;
	*out = NULL;
	if (!shdr)
		return -ENODATA;
	if (shdr->sh_size > LIMIT_MINIDEBUG)
		return -ENOSPC;
	err = elf_image_load_section(img, shdr, &xz);
	if (err)
		return err;
	err = decode(xz, shdr->sh_size, &inflated, &size);
	free(xz);
	if (err)
		return err;
	err = elf_image_open_memory(inflated, size, out);
	if (err)
		free(inflated);
	else
		*bytes = inflated;
	return err;
}
