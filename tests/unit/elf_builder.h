/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elf_builder.h - ELF files made to measure, of either class.
 *
 * For layouts that no linker here produces, and for damage.  The file has
 * headers, a symbol table, its strings, notes; no code: nothing runs it.
 */
#ifndef TESTS_UNIT_ELF_BUILDER_H
#define TESTS_UNIT_ELF_BUILDER_H

#include <assert.h>
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ELF_MAX_SEGMENTS 6
#define ELF_MAX_SYMS	 12

/* Sections of a file that was built, for st_shndx. */
enum {
	ELF_TEXT = 1,
	ELF_DATA,
	ELF_SYMTAB,
	ELF_STRTAB,
	ELF_NOTE,
	ELF_LINK,
	ELF_NAMES,
	ELF_SECTIONS
};

struct elf_spec {
	bool is_32;
	bool no_sections;
	Elf64_Phdr segments[ELF_MAX_SEGMENTS]; /* up to the first of p_type 0 */
	uint64_t text_vaddr, text_size;
	uint32_t symtab_type; /* 0: none */
	struct {
		const char *name; /* up to the first NULL */
		uint64_t value, size;
		uint8_t bind, type;
		uint16_t section;
	} syms[ELF_MAX_SYMS];
	const char *build_id;  /* NULL: none */
	const char *debuglink; /* NULL: none */
	uint32_t debuglink_crc;
};

struct elf_bytes {
	uint8_t bytes[8192];
	size_t size;
};

static inline size_t elf_append(struct elf_bytes *out, const void *data, size_t size)
{
	size_t at = (out->size + 7) & ~(size_t)7;

	assert(at + size <= sizeof(out->bytes));
	memcpy(out->bytes + at, data, size);
	out->size = at + size;
	return at;
}

static inline void elf_put_segment(const struct elf_spec *spec, uint8_t *at, const Elf64_Phdr *p)
{
	Elf32_Phdr small = {
		.p_type = p->p_type,
		.p_flags = p->p_flags,
		.p_offset = p->p_offset,
		.p_vaddr = p->p_vaddr,
		.p_filesz = p->p_filesz,
		.p_memsz = p->p_memsz,
	};

	if (spec->is_32)
		memcpy(at, &small, sizeof(small));
	else
		memcpy(at, p, sizeof(*p));
}

static inline void elf_put_section(const struct elf_spec *spec, uint8_t *at, const Elf64_Shdr *s)
{
	Elf32_Shdr small = {
		.sh_name = s->sh_name,
		.sh_type = s->sh_type,
		.sh_flags = s->sh_flags,
		.sh_addr = s->sh_addr,
		.sh_offset = s->sh_offset,
		.sh_size = s->sh_size,
		.sh_link = s->sh_link,
		.sh_entsize = s->sh_entsize,
	};

	if (spec->is_32)
		memcpy(at, &small, sizeof(small));
	else
		memcpy(at, s, sizeof(*s));
}

static inline void elf_add_symbols(const struct elf_spec *spec, struct elf_bytes *out,
				   Elf64_Shdr *sections)
{
	uint8_t table[(ELF_MAX_SYMS + 1) * sizeof(Elf64_Sym)] = { 0 };
	size_t size = spec->is_32 ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym), cnt = 1;
	char strings[1024] = "";
	size_t strings_len = 1;

	for (; cnt <= ELF_MAX_SYMS && spec->syms[cnt - 1].name; cnt++) {
		uint8_t info = ELF64_ST_INFO(spec->syms[cnt - 1].bind, spec->syms[cnt - 1].type);
		Elf64_Sym sym = {
			.st_name = strings_len,
			.st_info = info,
			.st_shndx = spec->syms[cnt - 1].section,
			.st_value = spec->syms[cnt - 1].value,
			.st_size = spec->syms[cnt - 1].size,
		};
		Elf32_Sym small = {
			.st_name = strings_len,
			.st_info = info,
			.st_shndx = sym.st_shndx,
			.st_value = sym.st_value,
			.st_size = sym.st_size,
		};

		memcpy(table + cnt * size, spec->is_32 ? (void *)&small : (void *)&sym, size);
		strings_len += sprintf(strings + strings_len, "%s", spec->syms[cnt - 1].name) + 1;
		assert(strings_len < sizeof(strings) / 2);
	}
	sections[ELF_SYMTAB].sh_type = spec->symtab_type;
	sections[ELF_SYMTAB].sh_offset = elf_append(out, table, cnt * size);
	sections[ELF_SYMTAB].sh_size = cnt * size;
	sections[ELF_SYMTAB].sh_entsize = size;
	sections[ELF_SYMTAB].sh_link = ELF_STRTAB;
	sections[ELF_STRTAB].sh_type = SHT_STRTAB;
	sections[ELF_STRTAB].sh_offset = elf_append(out, strings, strings_len);
	sections[ELF_STRTAB].sh_size = strings_len;
}

static inline void elf_add_notes(const struct elf_spec *spec, struct elf_bytes *out,
				 Elf64_Shdr *sections)
{
	uint8_t text[256] = { 0 };
	size_t len;

	if (spec->build_id) {
		Elf64_Nhdr note = { sizeof(ELF_NOTE_GNU), strlen(spec->build_id), NT_GNU_BUILD_ID };

		memcpy(text, &note, sizeof(note));
		memcpy(text + sizeof(note), ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU));
		memcpy(text + sizeof(note) + 4, spec->build_id, note.n_descsz);
		len = sizeof(note) + 4 + note.n_descsz;
		sections[ELF_NOTE].sh_type = SHT_NOTE;
		sections[ELF_NOTE].sh_offset = elf_append(out, text, len);
		sections[ELF_NOTE].sh_size = len;
	}
	if (spec->debuglink) {
		memset(text, 0, sizeof(text));
		memcpy(text, spec->debuglink, strlen(spec->debuglink));
		len = (strlen(spec->debuglink) + 4) & ~(size_t)3;
		memcpy(text + len, &spec->debuglink_crc, 4);
		sections[ELF_LINK].sh_type = SHT_PROGBITS;
		sections[ELF_LINK].sh_offset = elf_append(out, text, len + 4);
		sections[ELF_LINK].sh_size = len + 4;
	}
}

static inline void elf_add_section_table(const struct elf_spec *spec, struct elf_bytes *out,
					 Elf64_Shdr *sections, uint64_t *shoff)
{
	static const char names[] =
		"\0.text\0.data\0.symtab\0.strtab\0.note\0.gnu_debuglink\0.names";
	size_t size = spec->is_32 ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr);
	uint8_t table[ELF_SECTIONS * sizeof(Elf64_Shdr)] = { 0 };
	const char *name = names;

	sections[ELF_TEXT].sh_type = SHT_NOBITS;
	sections[ELF_TEXT].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	sections[ELF_TEXT].sh_addr = spec->text_vaddr;
	sections[ELF_TEXT].sh_size = spec->text_size;
	sections[ELF_DATA].sh_type = SHT_NOBITS;
	sections[ELF_DATA].sh_flags = SHF_ALLOC | SHF_WRITE;
	sections[ELF_NAMES].sh_type = SHT_STRTAB;
	sections[ELF_NAMES].sh_offset = elf_append(out, names, sizeof(names));
	sections[ELF_NAMES].sh_size = sizeof(names);
	for (size_t i = 0; i < ELF_SECTIONS; i++) {
		sections[i].sh_name = name - names;
		name += strlen(name) + 1;
		elf_put_section(spec, table + i * size, &sections[i]);
	}
	*shoff = elf_append(out, table, ELF_SECTIONS * size);
}

static inline void elf_put_header(const struct elf_spec *spec, struct elf_bytes *out,
				  size_t segment_cnt, uint64_t shoff)
{
	Elf64_Ehdr wide = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_DYN,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(wide),
		.e_shoff = shoff,
		.e_ehsize = sizeof(wide),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = segment_cnt,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = shoff ? ELF_SECTIONS : 0,
		.e_shstrndx = shoff ? ELF_NAMES : 0,
	};
	Elf32_Ehdr small = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_DYN,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(small),
		.e_shoff = shoff,
		.e_ehsize = sizeof(small),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = segment_cnt,
		.e_shentsize = sizeof(Elf32_Shdr),
		.e_shnum = wide.e_shnum,
		.e_shstrndx = wide.e_shstrndx,
	};

	if (spec->is_32)
		memcpy(out->bytes, &small, sizeof(small));
	else
		memcpy(out->bytes, &wide, sizeof(wide));
}

static inline void elf_build(const struct elf_spec *spec, struct elf_bytes *out)
{
	size_t ehdr = spec->is_32 ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);
	size_t phdr = spec->is_32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
	Elf64_Shdr sections[ELF_SECTIONS] = { { 0 } };
	uint64_t shoff = 0;
	size_t cnt = 0;

	memset(out, 0, sizeof(*out));
	for (; cnt < ELF_MAX_SEGMENTS && spec->segments[cnt].p_type; cnt++)
		elf_put_segment(spec, out->bytes + ehdr + cnt * phdr, &spec->segments[cnt]);
	out->size = ehdr + cnt * phdr;
	if (spec->symtab_type)
		elf_add_symbols(spec, out, sections);
	elf_add_notes(spec, out, sections);
	if (!spec->no_sections)
		elf_add_section_table(spec, out, sections, &shoff);
	elf_put_header(spec, out, cnt, shoff);
}

/* Write it to PATH.  False and a message in errno if that fails. */
static inline bool elf_save(const struct elf_bytes *elf, const char *path)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fwrite(elf->bytes, 1, elf->size, f) == elf->size;

	if (f)
		ok = !fclose(f) && ok;
	return ok;
}

#endif /* TESTS_UNIT_ELF_BUILDER_H */
