// SPDX-License-Identifier: BSD-2-Clause
/* ehframe_load.c - find the call frame information of an ELF file, see ehframe.h. */
#include "symbolize/cfi/ehframe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/cfi/eh_pointer.h"
#include "symbolize/cfi/ehframe_overlay.h"
#include "symbolize/elf/image.h"
#include "symbolize/limits.h"

#define HEADER_MAX 16	      /* bytes of .eh_frame_hdr before its table */
#define TEXT_STEP  (1u << 20) /* bytes of code that are read at a time */

static int parse_nonempty(const struct ehframe_section *sec, const struct ehframe_sink *sink,
			  struct ehframe_table **out)
{
	int err = ehframe_parse_to(sec, sink, out);

	if (!err && !(*out)->row_cnt) {
		ehframe_free(*out);
		*out = NULL;
		err = -ENODATA;
	}
	return err;
}

static int load_section(const struct elf_image *img, const Elf64_Shdr *shdr,
			struct ehframe_section *sec, const struct ehframe_sink *sink,
			struct ehframe_table **out)
{
	void *bytes;
	int err;

	/* SHT_NOBITS is a debug file's: the program has the bytes. */
	err = elf_image_inflate_section(img, shdr, LIMIT_CFI, &bytes, &sec->size);
	if (err)
		return err == -ENOMEM || err == -ENOSPC || err == -ENODATA ? err : -ENOEXEC;
	sec->bytes = bytes;
	sec->vaddr = shdr->sh_addr;
	err = parse_nonempty(sec, sink, out);
	free(bytes);
	return err;
}

/* Find MAX bytes from VADDR on, or fewer if their PT_LOAD ends before; -ENODATA if none holds it. */
static int find_bytes(const struct elf_image *img, uint64_t vaddr, uint64_t max, uint64_t *off,
		      size_t *size)
{
	size_t cnt;
	const Elf64_Phdr *segments = elf_image_segments(img, &cnt);

	for (size_t i = 0; i < cnt; i++) {
		const Elf64_Phdr *ph = &segments[i];
		uint64_t left;

		if (ph->p_type != PT_LOAD || vaddr < ph->p_vaddr ||
		    vaddr - ph->p_vaddr >= ph->p_filesz)
			continue;
		left = ph->p_filesz - (vaddr - ph->p_vaddr);
		*off = ph->p_offset + (vaddr - ph->p_vaddr);
		*size = left < max ? left : max;
		return 0;
	}
	return -ENODATA;
}

/* Load the bytes from VADDR on, MAX at the most, into SEC, whose bytes are the caller's. */
static int load_bytes(const struct elf_image *img, uint64_t vaddr, uint64_t max,
		      struct ehframe_section *sec, void **bytes)
{
	uint64_t off;
	int err = find_bytes(img, vaddr, max, &off, &sec->size);

	*bytes = NULL;
	if (!err)
		err = elf_image_load(img, off, sec->size, bytes);
	sec->bytes = *bytes;
	sec->vaddr = vaddr;
	return err;
}

/*
 * Find .eh_frame by .eh_frame_hdr at VADDR.  The header has a version, 1, three encodings and
 * the pointer; a data-relative one counts from the header's start (LSB Core, 10.6.2).
 */
static int find_by_header(const struct elf_image *img, uint64_t vaddr, uint64_t *out)
{
	struct ehframe_section sec = { .data_base = vaddr };
	struct cursor c = { 0 };
	uint8_t encoding;
	void *bytes;
	int err = load_bytes(img, vaddr, HEADER_MAX, &sec, &bytes);

	if (err)
		return err;
	c.at = sec.bytes;
	c.end = c.at + sec.size;
	if (cursor_u8(&c) != 1)
		c.bad = true;
	encoding = cursor_u8(&c);
	cursor_skip(&c, 2);
	*out = eh_pointer(&c, encoding, &sec);
	free(bytes);
	return c.bad ? -ENOEXEC : 0;
}

/*
 * Load .eh_frame of a file without section headers: .eh_frame_hdr has its address, and
 * nothing has its size, which is why sections are tried first.
 */
static int load_segment(const struct elf_image *img, const struct ehframe_sink *sink,
			struct ehframe_table **out)
{
	struct ehframe_section sec = { .unbounded = true };
	const Elf64_Phdr *segments;
	uint64_t vaddr;
	size_t cnt, i = 0;
	void *bytes;
	int err;

	segments = elf_image_segments(img, &cnt);
	while (i < cnt && segments[i].p_type != PT_GNU_EH_FRAME)
		i++;
	if (i == cnt)
		return -ENODATA;
	err = find_by_header(img, segments[i].p_vaddr, &vaddr);
	if (!err)
		err = load_bytes(img, vaddr, LIMIT_CFI, &sec, &bytes);
	if (err)
		return err;
	err = parse_nonempty(&sec, sink, out);
	free(bytes);
	return err;
}

/*
 * A program that Go linked has .eh_frame for its C code at the most.  Its .debug_frame has
 * a rule for every instruction of the rest, but hides where RBP is.
 */
static int load_sections(const struct elf_image *img, const struct ehframe_sink *sink,
			 struct ehframe_table **out)
{
	struct ehframe_section eh_frame = { 0 }, debug_frame = { .debug_frame = true };
	struct ehframe_table *upper, *lower = NULL;
	const Elf64_Shdr *shdr = elf_image_find_section(img, ".eh_frame", SHT_NULL);
	int err =
		shdr ? load_section(img, shdr, &eh_frame, sink, out) : load_segment(img, sink, out);

	debug_frame.hides_fp = elf_image_find_section(img, ".note.go.buildid", SHT_NULL);
	if (err ? err != -ENODATA : !debug_frame.hides_fp)
		return err;
	shdr = elf_image_find_section(img, ".debug_frame", SHT_NULL);
	if (!shdr)
		return err;
	upper = *out;
	err = load_section(img, shdr, &debug_frame, sink, &lower);
	if (!upper) {
		*out = lower;
		return err;
	}
	if (err) /* the table of its C code is better than none */
		return 0;
	err = ehframe_overlay(lower, upper, out);
	ehframe_free(lower);
	ehframe_free(upper);
	return err;
}

/*
 * Set *VADDR to that of a trampoline in segment PH, or to 0.  *MAX bytes are searched at the most,
 * and what was searched is subtracted from it.
 */
static int find_trampoline(const struct elf_image *img, const Elf64_Phdr *ph, uint64_t *max,
			   uint64_t *vaddr)
{
	static const uint8_t code[] = { 0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05 };
	uint64_t size = ph->p_filesz < *max ? ph->p_filesz : *max;
	uint8_t *bytes = malloc(TEXT_STEP), *at = NULL;
	int err = bytes ? 0 : -ENOMEM;

	*max -= size;
	*vaddr = 0;
	/* Steps overlap, as the code may lie across two of them. */
	for (uint64_t off = 0; !err && !at && off < size; off += TEXT_STEP - sizeof(code)) {
		size_t len = size - off < TEXT_STEP ? size - off : TEXT_STEP;

		err = elf_image_read(img, ph->p_offset + off, bytes, len);
		if (!err)
			at = memmem(bytes, len, code, sizeof(code));
		if (at)
			*vaddr = ph->p_vaddr + off + (uint64_t)(at - bytes);
	}
	free(bytes);
	return err == -ENOMEM ? err : 0;
}

/* Does the dynamic segment PH name another file? */
static bool needs_others(const struct elf_image *img, const Elf64_Phdr *ph)
{
	size_t cnt = ph->p_filesz / sizeof(Elf64_Dyn);
	bool found = false;
	Elf64_Dyn *dyn;
	void *bytes;

	if (cnt > LIMIT_DYNAMIC || elf_image_load(img, ph->p_offset, ph->p_filesz, &bytes))
		return true;
	dyn = bytes;
	for (size_t i = 0; i < cnt && !found; i++)
		found = dyn[i].d_tag == DT_NEEDED;
	free(bytes);
	return found;
}

/*
 * May the file have a trampoline of its own?  A C library has one, and so have a program
 * that it is linked into and one by Go.
 */
static bool is_self_contained(const struct elf_image *img)
{
	const Elf64_Phdr *segments;
	size_t cnt;

	if (elf_image_find_section(img, ".note.go.buildid", SHT_NULL))
		return true;
	segments = elf_image_segments(img, &cnt);
	for (size_t i = 0; i < cnt; i++) {
		if (segments[i].p_type == PT_DYNAMIC) /* a file has one at the most */
			return !needs_others(img, &segments[i]);
	}
	return true;
}

static bool has_trampoline(const struct ehframe_table *t)
{
	for (size_t i = 0; i < t->row_cnt; i++)
		if (t->rows[i].cfa == EHFRAME_CFA_SIGNAL)
			return true;
	return false;
}

/* The trampolines of musl and Go have no CFI: they are known by their code. */
static int add_trampoline(const struct elf_image *img, struct ehframe_table **table)
{
	struct ehframe_table *lower = *table, *upper;
	uint64_t vaddr = 0, max = LIMIT_TEXT;
	const Elf64_Phdr *segments;
	size_t cnt;
	int err = 0;

	if ((lower && has_trampoline(lower)) || !is_self_contained(img))
		return 0;
	segments = elf_image_segments(img, &cnt);
	for (size_t i = 0; i < cnt && !vaddr && !err; i++)
		if (segments[i].p_type == PT_LOAD && segments[i].p_flags & PF_X)
			err = find_trampoline(img, &segments[i], &max, &vaddr);
	if (err || !vaddr)
		return err;
	err = ehframe_trampoline(vaddr, &upper);
	if (err)
		return err;
	if (!lower) {
		*table = upper;
		return 0;
	}
	err = ehframe_overlay(lower, upper, table);
	ehframe_free(lower);
	ehframe_free(upper);
	return err;
}

/* The code of a file, of which one row's is in memory at a time. */
struct load_code {
	const struct elf_image *img;
	uint8_t bytes[LIMIT_ROW_CODE];
};

static const uint8_t *code_bytes(void *ctx, uint64_t vaddr, size_t size)
{
	struct load_code *code = ctx;
	size_t found;
	uint64_t off;

	if (find_bytes(code->img, vaddr, size, &off, &found) || found < size ||
	    elf_image_read(code->img, off, code->bytes, size))
		return NULL;
	return code->bytes;
}

/* Lay rows for the calls of a resolver over the table, if the file has one in it. */
static int add_rbx_calls(const struct elf_image *img, struct ehframe_table **table)
{
	struct load_code bytes = { .img = img };
	const struct ehframe_code code = { code_bytes, &bytes };
	struct ehframe_section eh_frame = { .saves_rbx = true };
	struct ehframe_table *lower = *table, *saves, *upper;
	const Elf64_Shdr *shdr = elf_image_find_section(img, ".eh_frame", SHT_NULL);
	int err;

	if (!lower || !shdr || !ehframe_has_rbx(lower))
		return 0;
	err = load_section(img, shdr, &eh_frame, NULL, &saves);
	if (err)
		return err;
	err = ehframe_rbx_calls(lower, saves, &code, &upper);
	ehframe_free(saves);
	if (err)
		return err;
	err = ehframe_overlay(lower, upper, table);
	ehframe_free(lower);
	ehframe_free(upper);
	return err;
}

static int load_image(const struct elf_image *img, struct ehframe_table **out)
{
	int err = load_sections(img, NULL, out), overlay_err;

	if (err && err != -ENODATA)
		return err;
	overlay_err = add_trampoline(img, out);
	if (!overlay_err)
		overlay_err = add_rbx_calls(img, out);
	if (!overlay_err)
		return *out ? 0 : err;
	ehframe_free(*out);
	*out = NULL;
	return overlay_err;
}

/*
 * Give the rows to SINK.  A file that may need a second table laid over the first gets its
 * whole table before that.
 */
static int load_image_to(const struct elf_image *img, const struct ehframe_sink *sink,
			 struct ehframe_table **out)
{
	int err;

	if (!is_self_contained(img))
		return load_sections(img, sink, out);
	err = load_image(img, out);
	if (!err)
		err = sink->rows(sink->ctx, (*out)->rows, (*out)->row_cnt);
	if (!err)
		return 0;
	ehframe_free(*out);
	*out = NULL;
	return err;
}

/* Load from IMG, which is closed and may be NULL if opening it failed with ERR. */
static int load_and_close(struct elf_image *img, int err, const struct ehframe_sink *sink,
			  struct ehframe_table **out)
{
	const Elf64_Ehdr *header;

	*out = NULL;
	if (err)
		return err == -ENOMEM || err == -ENOTSUP ? err : -ENOEXEC;
	header = elf_image_header(img);
	if (!elf_image_is_64(img) || header->e_machine != EM_X86_64 ||
	    (header->e_type != ET_EXEC && header->e_type != ET_DYN))
		err = -ENOTSUP;
	else
		err = sink ? load_image_to(img, sink, out) : load_image(img, out);
	elf_image_close(img);
	return err;
}

int ehframe_load(int fd, struct ehframe_table **out)
{
	return ehframe_load_to(fd, NULL, out);
}

int ehframe_load_to(int fd, const struct ehframe_sink *sink, struct ehframe_table **out)
{
	struct elf_image *img;
	int err = elf_image_open(fd, &img);

	return load_and_close(img, err, sink, out);
}

int ehframe_load_image(const void *image, size_t size, struct ehframe_table **out)
{
	struct elf_image *img;
	int err = elf_image_open_memory(image, size, &img);

	return load_and_close(img, err, NULL, out);
}
