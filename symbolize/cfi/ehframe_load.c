// SPDX-License-Identifier: BSD-2-Clause
/*
 * ehframe_load.c - find the call frame information of an ELF file, see ehframe.h.
 *
 * libelf reads the file, as it can decompress .debug_frame.
 */
#include "symbolize/cfi/ehframe.h"

#include <errno.h>
#include <gelf.h>
#include <string.h>

#include "symbolize/cfi/eh_pointer.h"
#include "symbolize/cfi/ehframe_overlay.h"

#define TEXT_MAX    ((uint64_t)128 << 20) /* bytes of code that are searched for a trampoline */
#define DYNAMIC_MAX ((uint64_t)1 << 16)	  /* bytes of the dynamic segment; 500 are usual */

static Elf_Scn *find_section(Elf *elf, const char *name, GElf_Shdr *shdr)
{
	Elf_Scn *scn = NULL;
	const char *is;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		is = gelf_getshdr(scn, shdr) ? elf_strptr(elf, names, shdr->sh_name) : NULL;
		if (is && !strcmp(is, name))
			return scn;
	}
	return NULL;
}

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

static int load_section(Elf_Scn *scn, struct ehframe_section *sec, const struct ehframe_sink *sink,
			struct ehframe_table **out)
{
	GElf_Shdr shdr;
	GElf_Chdr chdr;
	Elf_Data *data;

	if (!gelf_getshdr(scn, &shdr))
		return -ENOEXEC;
	if (shdr.sh_type == SHT_NOBITS) /* of a debug file: the program has the bytes */
		return -ENODATA;
	if (shdr.sh_flags & SHF_COMPRESSED) {
		if (!gelf_getchdr(scn, &chdr))
			return -ENOEXEC;
		if (chdr.ch_size > EHFRAME_MAX_SIZE)
			return -ENOSPC;
		if (elf_compress(scn, 0, 0) < 0)
			return -ENOEXEC;
	} else if (shdr.sh_size > EHFRAME_MAX_SIZE) {
		return -ENOSPC;
	}
	data = elf_getdata(scn, NULL);
	if (!data)
		return -ENOEXEC;
	sec->bytes = data->d_buf;
	sec->size = data->d_size;
	sec->vaddr = shdr.sh_addr;
	return parse_nonempty(sec, sink, out);
}

/* MAX bytes from VADDR on, or fewer if its PT_LOAD ends before; NULL if none holds it. */
static Elf_Data *segment_bytes(Elf *elf, uint64_t vaddr, uint64_t max)
{
	GElf_Phdr ph;
	uint64_t size;
	size_t cnt;

	if (elf_getphdrnum(elf, &cnt))
		return NULL;
	for (size_t i = 0; i < cnt; i++) {
		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_LOAD || vaddr < ph.p_vaddr ||
		    vaddr - ph.p_vaddr >= ph.p_filesz)
			continue;
		size = ph.p_filesz - (vaddr - ph.p_vaddr);
		if (size > max)
			size = max;
		return elf_getdata_rawchunk(elf, (int64_t)(ph.p_offset + (vaddr - ph.p_vaddr)),
					    size, ELF_T_BYTE);
	}
	return NULL;
}

/*
 * Load .eh_frame of a file without section headers: .eh_frame_hdr has its address, and
 * nothing has its size, which is why sections are tried first.  The header has a version,
 * 1, three encodings and the pointer; a data-relative one counts from the header's start
 * (LSB Core, 10.6.2).
 */
static int load_segment(Elf *elf, const struct ehframe_sink *sink, struct ehframe_table **out)
{
	struct ehframe_section sec = { .unbounded = true };
	struct cursor c = { 0 };
	Elf_Data *data = NULL;
	GElf_Phdr ph;
	size_t cnt = 0;
	uint8_t encoding;

	elf_getphdrnum(elf, &cnt);
	for (size_t i = 0; i < cnt && !data; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_GNU_EH_FRAME)
			data = segment_bytes(elf, ph.p_vaddr, EHFRAME_MAX_SIZE);
	if (!data)
		return -ENODATA;
	c.at = sec.bytes = data->d_buf;
	c.end = c.at + data->d_size;
	sec.vaddr = sec.data_base = ph.p_vaddr;
	if (cursor_u8(&c) != 1)
		return -ENOEXEC;
	encoding = cursor_u8(&c);
	cursor_skip(&c, 2);
	sec.vaddr = eh_pointer(&c, encoding, &sec);
	data = c.bad ? NULL : segment_bytes(elf, sec.vaddr, EHFRAME_MAX_SIZE);
	if (!data)
		return -ENOEXEC;
	sec.bytes = data->d_buf;
	sec.size = data->d_size;
	sec.data_base = 0;
	return parse_nonempty(&sec, sink, out);
}

/*
 * A program that Go linked has .eh_frame for its C code at the most.  Its .debug_frame has
 * a rule for every instruction of the rest, but hides where RBP is.
 */
static int load_sections(Elf *elf, const struct ehframe_sink *sink, struct ehframe_table **out)
{
	struct ehframe_section eh_frame = { 0 }, debug_frame = { .debug_frame = true };
	struct ehframe_table *upper, *lower = NULL;
	GElf_Shdr shdr;
	Elf_Scn *scn = find_section(elf, ".eh_frame", &shdr);
	int err = scn ? load_section(scn, &eh_frame, sink, out) : load_segment(elf, sink, out);

	debug_frame.hides_fp = find_section(elf, ".note.go.buildid", &shdr);
	if (err ? err != -ENODATA : !debug_frame.hides_fp)
		return err;
	scn = find_section(elf, ".debug_frame", &shdr);
	if (!scn)
		return err;
	upper = *out;
	err = load_section(scn, &debug_frame, sink, &lower);
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
 * The vaddr of a trampoline in segment PH, or 0.  *MAX bytes are searched at the most, and
 * what was searched is subtracted from it.
 */
static uint64_t find_trampoline(Elf *elf, const GElf_Phdr *ph, uint64_t *max)
{
	static const uint8_t code[] = { 0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05 };
	uint64_t size = ph->p_filesz < *max ? ph->p_filesz : *max;
	Elf_Data *text = elf_getdata_rawchunk(elf, (int64_t)ph->p_offset, size, ELF_T_BYTE);
	const uint8_t *at = text ? memmem(text->d_buf, text->d_size, code, sizeof(code)) : NULL;

	*max -= size;
	return at ? ph->p_vaddr + (uint64_t)(at - (const uint8_t *)text->d_buf) : 0;
}

/*
 * May the file have a trampoline of its own?  A C library has one, and so have a program
 * that it is linked into and one by Go.
 */
static bool is_self_contained(Elf *elf)
{
	const Elf64_Dyn *dyn;
	Elf_Data *data;
	GElf_Phdr ph;
	GElf_Shdr shdr;
	size_t cnt;

	if (find_section(elf, ".note.go.buildid", &shdr))
		return true;
	if (elf_getphdrnum(elf, &cnt))
		return false;
	for (size_t i = 0; i < cnt; i++) {
		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_DYNAMIC)
			continue;
		data = ph.p_filesz <= DYNAMIC_MAX ? elf_getdata_rawchunk(elf, (int64_t)ph.p_offset,
									 ph.p_filesz, ELF_T_DYN)
						  : NULL;
		dyn = data ? data->d_buf : NULL;
		for (size_t k = 0; dyn && k < data->d_size / sizeof(*dyn); k++)
			if (dyn[k].d_tag == DT_NEEDED)
				return false;
		return dyn; /* a file has one dynamic segment at the most */
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
static int add_trampoline(Elf *elf, struct ehframe_table **table)
{
	struct ehframe_table *lower = *table, *upper;
	uint64_t vaddr = 0, max = TEXT_MAX;
	GElf_Phdr ph;
	size_t cnt;
	int err;

	if ((lower && has_trampoline(lower)) || !is_self_contained(elf) ||
	    elf_getphdrnum(elf, &cnt))
		return 0;
	for (size_t i = 0; i < cnt && !vaddr; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_LOAD && ph.p_flags & PF_X)
			vaddr = find_trampoline(elf, &ph, &max);
	if (!vaddr)
		return 0;
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

static const uint8_t *code_bytes(void *ctx, uint64_t vaddr, size_t size)
{
	Elf_Data *data = segment_bytes(ctx, vaddr, size);

	return data && data->d_size == size ? data->d_buf : NULL;
}

/* Lay rows for the calls of a resolver over the table, if the file has one in it. */
static int add_rbx_calls(Elf *elf, struct ehframe_table **table)
{
	const struct ehframe_code code = { code_bytes, elf };
	struct ehframe_section eh_frame = { .saves_rbx = true };
	struct ehframe_table *lower = *table, *saves, *upper;
	GElf_Shdr shdr;
	Elf_Scn *scn = find_section(elf, ".eh_frame", &shdr);
	int err;

	if (!lower || !scn || !ehframe_has_rbx(lower))
		return 0;
	err = load_section(scn, &eh_frame, NULL, &saves);
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

static int check_elf(Elf *elf)
{
	GElf_Ehdr ehdr;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &ehdr))
		return -ENOEXEC;
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_ident[EI_DATA] != ELFDATA2LSB ||
	    ehdr.e_machine != EM_X86_64 || (ehdr.e_type != ET_EXEC && ehdr.e_type != ET_DYN))
		return -ENOTSUP;
	return 0;
}

static int load_elf(Elf *elf, struct ehframe_table **out)
{
	int err = check_elf(elf), overlay_err;

	if (err)
		return err;
	err = load_sections(elf, NULL, out);
	if (err && err != -ENODATA)
		return err;
	overlay_err = add_trampoline(elf, out);
	if (!overlay_err)
		overlay_err = add_rbx_calls(elf, out);
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
static int load_elf_to(Elf *elf, const struct ehframe_sink *sink, struct ehframe_table **out)
{
	int err = check_elf(elf);

	if (err || !is_self_contained(elf))
		return err ? err : load_sections(elf, sink, out);
	err = load_elf(elf, out);
	if (!err)
		err = sink->rows(sink->ctx, (*out)->rows, (*out)->row_cnt);
	if (!err)
		return 0;
	ehframe_free(*out);
	*out = NULL;
	return err;
}

int ehframe_load(int fd, struct ehframe_table **out)
{
	Elf *elf;
	int err;

	*out = NULL;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL); /* ELF_C_READ_MMAP would map the file */
	err = load_elf(elf, out);
	elf_end(elf);
	return err;
}

int ehframe_load_to(int fd, const struct ehframe_sink *sink, struct ehframe_table **out)
{
	Elf *elf;
	int err;

	*out = NULL;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	err = load_elf_to(elf, sink, out);
	elf_end(elf);
	return err;
}

int ehframe_load_image(const void *image, size_t size, struct ehframe_table **out)
{
	Elf *elf;
	int err;

	*out = NULL;
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)image, size); /* the image is not written: no update follows */
	err = load_elf(elf, out);
	elf_end(elf);
	return err;
}
