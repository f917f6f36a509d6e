// SPDX-License-Identifier: BSD-2-Clause
/* section.c - see dwarf/section.h. */
#include "symbolize/dwarf/section.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "symbolize/elf/inflate.h"
#include "symbolize/limits.h"

#define BLOCK	  (64u << 10)  /* bytes of a plain section read at a time: a unit or two */
#define STEP	  (256u << 10) /* bytes inflated at a time, so that a lock per unit is cheap */
#define INPUT	  (128u << 10) /* compressed bytes read at a time */
#define HUGE_SIZE (16u << 20)  /* bytes from which on huge pages save a tenth of the time */

struct inflater {
	struct inflate stream;
	uint64_t at, end; /* offsets in the file of what is still to be read */
	uint8_t input[INPUT + INFLATE_INPUT_SLACK];
};

static int charge(struct dwarf_section *s, uint64_t size)
{
	if (atomic_fetch_sub(&s->budget->left, (int64_t)size) < (int64_t)size) {
		atomic_fetch_add(&s->budget->left, (int64_t)size);
		return -ENOSPC;
	}
	s->charged += (int64_t)size;
	return 0;
}

/* Map pages of zeros, which cost nothing until they are written. */
static int reserve(struct dwarf_section *s)
{
	void *bytes = mmap(NULL, s->size + INFLATE_SLACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (bytes == MAP_FAILED)
		return -ENOMEM;
	if (s->size >= HUGE_SIZE)
		madvise(bytes, s->size, MADV_HUGEPAGE);
	s->bytes = bytes;
	return 0;
}

/* Read the header of a compressed section (gABI, "Compression Header"); -ENOTSUP if not by zlib. */
static int read_chdr(const struct dwarf_section *s, uint64_t *header_size, uint64_t *inflated_size)
{
	Elf64_Chdr wide = { 0 };
	Elf32_Chdr small;
	int err;

	*header_size = elf_image_is_64(s->img) ? sizeof(wide) : sizeof(small);
	if (s->shdr->sh_size < *header_size)
		return -ENODATA;
	if (elf_image_is_64(s->img)) {
		err = elf_image_read(s->img, s->shdr->sh_offset, &wide, sizeof(wide));
	} else {
		err = elf_image_read(s->img, s->shdr->sh_offset, &small, sizeof(small));
		wide.ch_type = small.ch_type;
		wide.ch_size = small.ch_size;
	}
	if (err)
		return -ENODATA;
	*inflated_size = wide.ch_size;
	return wide.ch_type == ELFCOMPRESS_ZLIB ? 0 : -ENOTSUP;
}

static int begin_inflating(struct dwarf_section *s, uint64_t header_size)
{
	if (!s->inflater)
		s->inflater = malloc(sizeof(*s->inflater));
	if (!s->inflater)
		return -ENOMEM;
	inflate_begin(&s->inflater->stream, s->bytes, s->size);
	s->inflater->at = s->shdr->sh_offset + header_size;
	s->inflater->end = s->shdr->sh_offset + s->shdr->sh_size;
	return 0;
}

static int open_compressed(struct dwarf_section *s)
{
	uint64_t header_size;
	int err = read_chdr(s, &header_size, &s->size);

	if (err == -ENODATA)
		return err;
	if (s->size > LIMIT_DWARF_SECTION || s->size / LIMIT_RATIO > s->shdr->sh_size)
		return -ENODATA;
	if (charge(s, s->size))
		return -ENOSPC;
	if (err == -ENOTSUP)
		return 0;
	err = reserve(s);
	if (err)
		return err;
	return begin_inflating(s, header_size);
}

static int open_plain(struct dwarf_section *s)
{
	s->size = s->shdr->sh_size;
	s->blocks = calloc(s->size / BLOCK + 1, sizeof(*s->blocks));
	return s->blocks ? reserve(s) : -ENOMEM;
}

int dwarf_section_open(struct dwarf_section *s, const struct elf_image *img, const Elf64_Shdr *shdr,
		       struct dwarf_budget *budget)
{
	uint64_t end;
	int err;

	*s = (struct dwarf_section){ .img = img, .budget = budget };
	pthread_mutex_init(&s->lock, NULL);
	if (!shdr || shdr->sh_type == SHT_NOBITS || !shdr->sh_size)
		return -ENODATA;
	if (__builtin_add_overflow(shdr->sh_offset, shdr->sh_size, &end) ||
	    end > elf_image_size(img))
		return -ENODATA;
	s->shdr = shdr;
	err = shdr->sh_flags & SHF_COMPRESSED ? open_compressed(s) : open_plain(s);
	if (err)
		s->size = 0;
	return err;
}

void dwarf_section_close(struct dwarf_section *s)
{
	free(s->inflater);
	if (s->bytes)
		munmap(s->bytes, s->size + INFLATE_SLACK);
	free((void *)s->blocks);
	if (s->budget) {
		atomic_fetch_add(&s->budget->left, s->charged);
		pthread_mutex_destroy(&s->lock);
	}
	*s = (struct dwarf_section){ 0 };
}

/* Read more of the input behind what is left of it. */
static int feed(const struct dwarf_section *s, struct inflater *in)
{
	size_t left = (size_t)(in->stream.in_end - in->stream.in);
	uint64_t len = in->end - in->at;
	int err;

	if (left)
		memmove(in->input, in->stream.in, left);
	if (len > INPUT - left)
		len = INPUT - left;
	err = elf_image_read(s->img, in->at, in->input + left, len);
	in->at += len;
	in->stream.in = in->input;
	in->stream.in_end = in->input + left + len;
	in->stream.has_more = in->at < in->end;
	memset(in->input + left + len, 0, INFLATE_INPUT_SLACK);
	return err;
}

/* Give pages below the floor back, but for the window that matches reach back into. */
static void drop(struct dwarf_section *s)
{
	uint64_t filled = (uint64_t)(s->inflater->stream.out - s->bytes);
	uint64_t end = s->floor < filled ? s->floor : filled;

	end = end < INFLATE_WINDOW ? 0 : (end - INFLATE_WINDOW) / BLOCK * BLOCK;
	if (end <= s->dropped)
		return;
	madvise(s->bytes + s->dropped, end - s->dropped, MADV_DONTNEED);
	s->dropped = end;
}

/* Inflate once more from the start: something that was dropped is needed after all. */
static int restart(struct dwarf_section *s)
{
	uint64_t header_size, size;

	if (read_chdr(s, &header_size, &size) || size != s->size)
		return -ESTALE;
	s->keeps_all = true;
	s->floor = s->dropped = 0;
	atomic_store_explicit(&s->filled, 0, memory_order_relaxed);
	return begin_inflating(s, header_size);
}

void dwarf_section_pass(struct dwarf_section *s, uint64_t off)
{
	if (!s->keeps_all && off > s->floor)
		s->floor = off;
}

static int inflate_up_to(struct dwarf_section *s, uint64_t end)
{
	struct inflater *in = s->inflater;
	struct inflate *stream = &in->stream;
	const uint8_t *stop = s->bytes + end;
	int err = 0;

	while (stream->out < stop && !err) {
		const uint8_t *next = stop - stream->out < STEP ? stop : stream->out + STEP;

		if (stream->has_more && stream->in_end - stream->in < INFLATE_MIN_INPUT)
			err = feed(s, in);
		if (!err)
			err = inflate_go_on(stream, next);
		drop(s);
		if (stream->state == INFLATE_END && stream->out < stop)
			err = -ENOEXEC;
	}
	if (err)
		return err;
	atomic_store_explicit(&s->filled, (uint64_t)(stream->out - s->bytes), memory_order_release);
	if (stream->out == stream->end) {
		free(s->inflater);
		s->inflater = NULL;
	}
	return 0;
}

static int fill_compressed(struct dwarf_section *s, uint64_t off, uint64_t end)
{
	uint64_t filled = atomic_load_explicit(&s->filled, memory_order_relaxed);
	size_t size;
	void *bytes;
	int err;

	if (off < s->dropped) {
		err = restart(s);
		if (err)
			return err;
	} else if (filled >= end) {
		return 0;
	}
	if (s->inflater) {
		end = s->size - end < STEP ? s->size : end + STEP;
		return inflate_up_to(s, end);
	}
	err = elf_image_inflate_section(s->img, s->shdr, s->size, &bytes, &size);
	if (err)
		return err;
	/* The section's bytes are from mmap(), so that both kinds are freed in the same way. */
	err = size == s->size ? reserve(s) : -ENOEXEC;
	if (!err)
		memcpy(s->bytes, bytes, size);
	free(bytes);
	if (!err)
		atomic_store_explicit(&s->filled, size, memory_order_release);
	return err;
}

static int read_block(struct dwarf_section *s, uint64_t block)
{
	uint64_t start = block * BLOCK;
	uint64_t len = s->size - start < BLOCK ? s->size - start : BLOCK;
	int err;

	if (atomic_load_explicit(&s->blocks[block], memory_order_relaxed))
		return 0;
	err = charge(s, len);
	if (!err)
		err = elf_image_read(s->img, s->shdr->sh_offset + start, s->bytes + start, len);
	if (!err)
		atomic_store_explicit(&s->blocks[block], 1, memory_order_release);
	return err;
}

static bool has_all(const struct dwarf_section *s, uint64_t off, uint64_t end)
{
	if (end <= atomic_load_explicit(&s->filled, memory_order_acquire))
		return off >= s->dropped;
	if (!s->blocks)
		return false;
	for (uint64_t block = off / BLOCK; block * BLOCK < end; block++) {
		if (!atomic_load_explicit(&s->blocks[block], memory_order_acquire))
			return false;
	}
	return true;
}

const uint8_t *dwarf_section_need(struct dwarf_section *s, uint64_t off, uint64_t len)
{
	uint64_t end;
	int err = 0;

	if (__builtin_add_overflow(off, len, &end) || end > s->size)
		return NULL;
	if (!has_all(s, off, end)) {
		pthread_mutex_lock(&s->lock);
		err = s->err;
		for (uint64_t b = off / BLOCK; s->blocks && !err && b * BLOCK < end; b++)
			err = read_block(s, b);
		if (s->blocks && !err && !off && end == s->size)
			atomic_store_explicit(&s->filled, end, memory_order_release);
		if (!s->blocks && !err)
			err = fill_compressed(s, off, end);
		s->err = err;
		pthread_mutex_unlock(&s->lock);
	}
	/* Only a section of zstd has no bytes before it is filled. */
	return err || !s->bytes ? NULL : s->bytes + off;
}

const char *dwarf_section_string(struct dwarf_section *s, uint64_t off)
{
	uint64_t at = off, most = s->size;

	if (off < s->size && s->size - off > LIMIT_NAME)
		most = off + LIMIT_NAME;
	/* The end is not known, and the next block may not be needed: look block by block. */
	while (at < most) {
		uint64_t end = (at / BLOCK + 1) * BLOCK < most ? (at / BLOCK + 1) * BLOCK : most;
		const uint8_t *bytes = dwarf_section_need(s, at, end - at);

		if (!bytes)
			return NULL;
		if (memchr(bytes, '\0', end - at))
			return (const char *)s->bytes + off;
		at = end;
	}
	return NULL;
}
