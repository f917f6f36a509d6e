// SPDX-License-Identifier: BSD-2-Clause
/* symtab_elf.c - reads ELF symbol tables; see elf/symtab.h. */
#include "symbolize/elf/symtab.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/limits.h"

#define READ_SYMS     4096	  /* symbols read at a time: 96 KiB, stays in the L2 cache */
#define STRINGS_BLOCK (16u << 10) /* bytes of names read at a time */

/* Where a table and its strings lie in the file. */
struct symtab_table {
	uint64_t off, cnt;
	uint64_t strings_off, strings_size;
};

/*
 * A string table that is read where it is looked at: of a table of 20 MiB, one
 * question needs one name.
 */
struct symtab_strings {
	const struct elf_image *img;
	uint64_t off, size;
	uint64_t may_read, may_look; /* bytes that may still be read, and be part of a name */
	char *bytes;   /* memory for all of it and a NUL; pages that are not read cost nothing */
	bool *is_read; /* which blocks are read */
};

struct symtab_scan {
	const struct elf_image *img;
	struct query *q;
	const Elf64_Shdr *sections;
	size_t section_cnt;
	struct symtab_strings strings;
	/*
	 * STT_FILE stands before the local symbols of its file.  For the global ones at
	 * the end it means something only if it is the only one.
	 */
	uint64_t file_at;
	bool has_file, found_any, many_files;
	bool found; /* the table has at least one function */
	int err;
};

/* Prepare S.  Its bytes are the query's from the start, as names are borrowed from them. */
static int open_strings(struct symtab_strings *s, const struct elf_image *img,
			const struct symtab_table *table, struct query *q)
{
	int err;

	*s = (struct symtab_strings){ .img = img,
				      .off = table->strings_off,
				      .size = table->strings_size };
	err = elf_image_holds(img, s->off, 0);
	if (err || s->size > elf_image_size(img) - s->off)
		return -ENOEXEC;
	if (s->size > LIMIT_STRINGS)
		return -ENOSPC;
	s->may_read = LIMIT_STRINGS_READ;
	s->may_look = LIMIT_STRINGS_TIMES * s->size + LIMIT_NAME;
	s->bytes = malloc(s->size + 1);
	if (!s->bytes)
		return -ENOMEM;
	s->bytes[s->size] = '\0';
	if (query_own(q, s->bytes))
		return -ENOMEM;
	s->is_read = calloc(s->size / STRINGS_BLOCK + 1, sizeof(*s->is_read));
	return s->is_read ? 0 : -ENOMEM;
}

/* Read the string at AT, which is below the size; it is "" if it is too long to be a name. */
static int read_string(struct symtab_strings *s, uint64_t at, char **out)
{
	uint64_t most = s->size - at < LIMIT_NAME ? s->size : at + LIMIT_NAME;

	*out = s->bytes + at;
	while (at < most) {
		uint64_t block = at / STRINGS_BLOCK, start = block * STRINGS_BLOCK;
		uint64_t end = s->size - start < STRINGS_BLOCK ? s->size : start + STRINGS_BLOCK;
		const char *nul;
		uint64_t stop;
		int err;

		if (!s->is_read[block]) {
			if (s->may_read < end - start)
				return -ENOSPC;
			s->may_read -= end - start;
			err = elf_image_read(s->img, s->off + start, s->bytes + start, end - start);
			if (err)
				return err;
			s->is_read[block] = true;
		}
		stop = end < most ? end : most;
		nul = memchr(s->bytes + at, '\0', stop - at);
		if (nul)
			stop = (uint64_t)(nul - s->bytes);
		if (s->may_look < stop - at)
			return -ENOSPC;
		s->may_look -= stop - at;
		if (nul)
			return 0;
		at = stop;
	}
	/* Names without an end, shared by all symbols, would be compared with each other. */
	if (most < s->size)
		*out = s->bytes + s->size;
	return 0;
}

static size_t sym_size(const struct elf_image *img)
{
	return elf_image_is_64(img) ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

static uint8_t rank_of(const Elf64_Sym *sym)
{
	switch (ELF64_ST_BIND(sym->st_info)) {
	case STB_GLOBAL:
	case STB_GNU_UNIQUE:
		return 2;
	case STB_WEAK:
		return 1;
	default:
		return 0;
	}
}

/* Is NAME no name of code?  `$x` marks the instruction set on ARM, `.L` a compiler's label. */
static bool is_mark(const char *name)
{
	return name[0] == '$' || !strncmp(name, ".L", 2);
}

/*
 * Cut the version off: .symtab spells "memcpy@@GLIBC_2.14" out, which matters to a linker and
 * not to a reader.  Nothing is left of a name that begins with '@', nor could be: names share
 * their ends, and another one's version may be cut there.
 */
static void cut_version(char *name)
{
	name[strcspn(name, "@")] = '\0';
}

/* Set the range of SYM; false if its size is damage. */
static bool set_range(const Elf64_Sym *sym, const Elf64_Shdr *section, struct query_sym *out)
{
	out->start = sym->st_value;
	out->end = UINT64_MAX;
	out->sized = sym->st_size;
	if (out->sized)
		return !__builtin_add_overflow(out->start, sym->st_size, &out->end);
	return !section || !__builtin_add_overflow(section->sh_addr, section->sh_size, &out->end);
}

/* The name at AT of SYM, which may be an answer; NULL if it has none that names code. */
static char *wanted_name(struct symtab_scan *scan, const struct query_sym *sym, uint64_t at)
{
	char *name;

	scan->err = read_string(&scan->strings, at, &name);
	if (scan->err || (sym->label && is_mark(name)))
		return NULL;
	cut_version(name);
	return *name ? name : NULL;
}

/* The source file of SYM, or NULL if the table does not say it. */
static const char *file_of(struct symtab_scan *scan, const Elf64_Sym *sym)
{
	bool is_local = ELF64_ST_BIND(sym->st_info) == STB_LOCAL;
	char *file;

	if (!scan->has_file || (!is_local && scan->many_files))
		return NULL;
	return read_string(&scan->strings, scan->file_at, &file) ? NULL : file;
}

static void note_file(struct symtab_scan *scan, const Elf64_Sym *sym)
{
	scan->has_file = sym->st_name < scan->strings.size;
	scan->file_at = sym->st_name;
	scan->many_files |= scan->found_any;
}

/*
 * Offer SYM if it is a function or a label of hand-written code (`__restore_rt`): of untyped
 * symbols only those in code name any.
 */
static void offer(struct symtab_scan *scan, const Elf64_Sym *sym)
{
	unsigned char type = ELF64_ST_TYPE(sym->st_info);
	const Elf64_Shdr *section = NULL;
	struct query_sym out = { .name = "", .label = type == STT_NOTYPE, .rank = rank_of(sym) };

	if (type == STT_FILE)
		note_file(scan, sym);
	else
		scan->found_any = true;
	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return;
	if (sym->st_shndx == SHN_UNDEF || !sym->st_name || sym->st_name >= scan->strings.size)
		return;
	if (sym->st_shndx < scan->section_cnt)
		section = &scan->sections[sym->st_shndx];
	if (out.label && !(section && (section->sh_flags & SHF_EXECINSTR)))
		return;
	if (!set_range(sym, section, &out))
		return;
	scan->found |= !out.label;
	if (query_wants(scan->q, &out))
		out.name = wanted_name(scan, &out, sym->st_name);
	else if (!out.sized)
		return;
	if (out.name && *out.name)
		out.file = file_of(scan, sym);
	if (out.name)
		query_offer(scan->q, &out);
}

static Elf64_Sym widen_sym(const Elf32_Sym *in)
{
	return (Elf64_Sym){
		.st_name = in->st_name,
		.st_info = in->st_info,
		.st_other = in->st_other,
		.st_shndx = in->st_shndx,
		.st_value = in->st_value,
		.st_size = in->st_size,
	};
}

static int scan_symbols(struct symtab_scan *scan, const struct symtab_table *table)
{
	size_t size = sym_size(scan->img);
	void *chunk = malloc(READ_SYMS * size);
	int err = chunk ? 0 : -ENOMEM;

	for (uint64_t done = 0; !err && done < table->cnt; done += READ_SYMS) {
		size_t cnt = table->cnt - done < READ_SYMS ? table->cnt - done : READ_SYMS;
		const Elf64_Sym *wide = chunk;
		const Elf32_Sym *small = chunk;

		err = elf_image_read(scan->img, table->off + done * size, chunk, cnt * size);
		for (size_t i = 0; !err && i < cnt; i++) {
			Elf64_Sym sym = size == sizeof(*wide) ? wide[i] : widen_sym(&small[i]);

			offer(scan, &sym);
			err = scan->err;
		}
	}
	free(chunk);
	return err;
}

static int find_by_section(const struct elf_image *img, uint32_t type, struct symtab_table *out)
{
	const Elf64_Shdr *syms = elf_image_find_section(img, NULL, type), *sections;
	size_t cnt;

	sections = elf_image_sections(img, &cnt);
	if (!syms)
		return -ENODATA;
	if (syms->sh_link >= cnt || syms->sh_entsize != sym_size(img))
		return -ENOEXEC;
	*out = (struct symtab_table){
		.off = syms->sh_offset,
		.cnt = syms->sh_size / syms->sh_entsize,
		.strings_off = sections[syms->sh_link].sh_offset,
		.strings_size = sections[syms->sh_link].sh_size,
	};
	return 0;
}

struct dynamic {
	uint64_t symtab, strtab, strsz;
};

static void read_dynamic_entry(struct dynamic *d, int64_t tag, uint64_t value)
{
	switch (tag) {
	case DT_SYMTAB:
		d->symtab = value;
		break;
	case DT_STRTAB:
		d->strtab = value;
		break;
	case DT_STRSZ:
		d->strsz = value;
		break;
	}
}

static int read_dynamic(const struct elf_image *img, const Elf64_Phdr *segment, struct dynamic *out)
{
	size_t size = elf_image_is_64(img) ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
	size_t cnt = segment->p_filesz / size;
	void *entries;
	int err;

	*out = (struct dynamic){ 0 };
	if (cnt > LIMIT_DYNAMIC)
		return -ENOEXEC;
	err = elf_image_load(img, segment->p_offset, cnt * size, &entries);
	if (err)
		return err;
	for (size_t i = 0; i < cnt; i++) {
		const Elf64_Dyn *wide = entries;
		const Elf32_Dyn *small = entries;

		if (size == sizeof(*wide))
			read_dynamic_entry(out, wide[i].d_tag, wide[i].d_un.d_val);
		else
			read_dynamic_entry(out, small[i].d_tag, small[i].d_un.d_val);
	}
	free(entries);
	return out->symtab && out->strtab && out->strsz ? 0 : -ENODATA;
}

/*
 * Find .dynsym by the dynamic segment, which leads to its beginning, but not to its end.
 * Every linker puts .dynstr behind it; entries past the real end are rejected
 * one by one, by type and name.
 */
static int find_by_segment(const struct elf_image *img, struct symtab_table *out)
{
	const Elf64_Phdr *segments;
	struct dynamic d = { 0 };
	size_t cnt;
	int err = -ENODATA;

	segments = elf_image_segments(img, &cnt);
	for (size_t i = 0; i < cnt && err == -ENODATA; i++) {
		if (segments[i].p_type == PT_DYNAMIC)
			err = read_dynamic(img, &segments[i], &d);
	}
	if (err)
		return err;
	if (d.strtab <= d.symtab)
		return -ENODATA;
	out->strings_size = d.strsz;
	out->cnt = (d.strtab - d.symtab) / sym_size(img);
	err = elf_image_vaddr_to_off(img, d.symtab, &out->off);
	return err ? err : elf_image_vaddr_to_off(img, d.strtab, &out->strings_off);
}

int symtab_offer_elf(const struct elf_image *img, uint32_t section_type, struct query *q)
{
	struct symtab_scan scan = { .img = img, .q = q };
	struct symtab_table table = { 0 };
	int err;

	scan.sections = elf_image_sections(img, &scan.section_cnt);
	err = find_by_section(img, section_type, &table);
	if (err == -ENODATA && section_type == SHT_DYNSYM && !scan.section_cnt)
		err = find_by_segment(img, &table);
	if (err)
		return err;
	err = elf_image_holds(img, table.off, table.cnt * sym_size(img));
	if (err)
		return err;
	err = open_strings(&scan.strings, img, &table, q);
	if (!err)
		err = scan_symbols(&scan, &table);
	free(scan.strings.is_read);
	if (!err && !scan.found)
		err = -ENODATA;
	return err;
}
