// SPDX-License-Identifier: BSD-2-Clause
/* plt.c - see plt.h. */
#include "symbolize/elf/plt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/elf/symtab.h"
#include "symbolize/limits.h"

#define SUFFIX	   "@plt"
#define READ_RELAS 4096 /* relocations read at a time: 96 KiB */
#define NAME_STEP  256	/* bytes of a name that are read at first */

/* A relocation that fills a slot of the GOT with a function's address. */
struct plt_slot {
	uint64_t vaddr;	  /* where the slot is */
	uint64_t addend;  /* the resolver's vaddr if the relocation is IRELATIVE */
	uint32_t sym;	  /* 0 if it is IRELATIVE */
	uint32_t section; /* where the relocation is; its sh_link has the symbols */
};

/* A stub that has the name of a resolver, which the symbols have. */
struct plt_resolved {
	uint64_t addend; /* where the resolver is */
	struct query_sym sym;
};

struct plt_stubs {
	const struct elf_image *img;
	struct query *q;
	struct plt_slot *slots; /* ascending by vaddr */
	size_t cnt, cap;
	uint64_t left;	       /* bytes of relocations that the file can still have */
	struct plt_slot *lazy; /* those of .rela.plt in file order: a lazy stub pushes the index */
	size_t lazy_cnt;
	struct plt_resolved *resolved;
	size_t resolved_cnt, resolved_cap;
};

/* ---- relocations ---- */

static int keep(struct plt_stubs *s, const Elf64_Rela *rela, uint32_t section)
{
	uint32_t type = ELF64_R_TYPE(rela->r_info);

	if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT && type != R_X86_64_IRELATIVE)
		return 0;
	if (s->cnt == LIMIT_STUBS)
		return -ENOSPC;
	if (s->cnt == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 256;
		struct plt_slot *bigger = reallocarray(s->slots, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		s->slots = bigger;
		s->cap = cap;
	}
	s->slots[s->cnt++] = (struct plt_slot){
		.vaddr = rela->r_offset,
		.addend = rela->r_addend,
		.sym = type == R_X86_64_IRELATIVE ? 0 : ELF64_R_SYM(rela->r_info),
		.section = section,
	};
	return 0;
}

static int read_relas(struct plt_stubs *s, const Elf64_Shdr *shdr, uint32_t section)
{
	uint64_t cnt = shdr->sh_size / sizeof(Elf64_Rela);
	Elf64_Rela *chunk;
	int err;

	/* A thousand sections over the same bytes would be a gigabyte of slots. */
	if (shdr->sh_size > s->left)
		return -ENOEXEC;
	s->left -= shdr->sh_size;
	chunk = malloc(READ_RELAS * sizeof(*chunk));
	err = chunk ? 0 : -ENOMEM;
	for (uint64_t done = 0; !err && done < cnt; done += READ_RELAS) {
		size_t step = cnt - done < READ_RELAS ? cnt - done : READ_RELAS;

		err = elf_image_read(s->img, shdr->sh_offset + done * sizeof(*chunk), chunk,
				     step * sizeof(*chunk));
		for (size_t i = 0; !err && i < step; i++)
			err = keep(s, &chunk[i], section);
	}
	free(chunk);
	return err;
}

static int compare_slots(const void *pa, const void *pb)
{
	const struct plt_slot *a = pa, *b = pb;

	if (a->vaddr != b->vaddr)
		return a->vaddr < b->vaddr ? -1 : 1;
	return (a->section > b->section) - (a->section < b->section);
}

static int copy_lazy(struct plt_stubs *s, size_t first)
{
	size_t cnt = s->cnt - first;

	if (s->lazy || !cnt)
		return 0;
	s->lazy = calloc(cnt, sizeof(*s->lazy));
	if (!s->lazy)
		return -ENOMEM;
	memcpy(s->lazy, s->slots + first, cnt * sizeof(*s->lazy));
	s->lazy_cnt = cnt;
	return 0;
}

static int read_slots(struct plt_stubs *s)
{
	size_t section_cnt;
	const Elf64_Shdr *sections = elf_image_sections(s->img, &section_cnt);
	const Elf64_Shdr *lazy = elf_image_find_section(s->img, ".rela.plt", SHT_RELA);
	int err = 0;

	for (size_t i = 1; i < section_cnt && !err; i++) {
		size_t first = s->cnt;

		if (sections[i].sh_type != SHT_RELA || !(sections[i].sh_flags & SHF_ALLOC) ||
		    sections[i].sh_entsize != sizeof(Elf64_Rela))
			continue;
		err = read_relas(s, &sections[i], i);
		if (!err && &sections[i] == lazy)
			err = copy_lazy(s, first);
	}
	if (s->cnt)
		qsort(s->slots, s->cnt, sizeof(*s->slots), compare_slots);
	return err;
}

static const struct plt_slot *find_slot(const struct plt_stubs *s, uint64_t vaddr)
{
	size_t lo = 0, hi = s->cnt;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->slots[mid].vaddr < vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->cnt && s->slots[lo].vaddr == vaddr ? &s->slots[lo] : NULL;
}

/* ---- instructions ---- */

static uint32_t word_at(const uint8_t *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/*
 * Find the slot that a stub jumps through.  "jmp *disp(%rip)" may be anywhere in it (behind
 * endbr64, with a bnd prefix): that its operand is a slot is proof enough.  Without one the
 * stub is a lazy one, which pushes the number of its relocation and leaves the jump to
 * .plt.sec.
 */
static const struct plt_slot *decode(const struct plt_stubs *s, const uint8_t *bytes, size_t size,
				     uint64_t vaddr)
{
	for (size_t i = 0; i + 6 <= size; i++) {
		const struct plt_slot *slot;

		if (bytes[i] != 0xff || bytes[i + 1] != 0x25)
			continue;
		slot = find_slot(s, vaddr + i + 6 + (int64_t)(int32_t)word_at(bytes + i + 2));
		if (slot)
			return slot;
	}
	for (size_t i = 0; i <= 4 && i + 10 <= size; i += 4) {
		uint32_t nr = word_at(bytes + i + 1);

		if (bytes[i] == 0x68 && (bytes[i + 5] == 0xe9 || bytes[i + 5] == 0xf2) &&
		    nr < s->lazy_cnt)
			return &s->lazy[nr];
	}
	return NULL;
}

/* ---- names ---- */

/* Read the string at AT of a section into *NAME, for free(), with memory for a suffix behind. */
static int read_name(const struct elf_image *img, const Elf64_Shdr *strings, uint64_t at,
		     char **name)
{
	size_t size = NAME_STEP;
	int err = 0;

	*name = NULL;
	if (at >= strings->sh_size)
		return -ENOEXEC;
	for (;; size *= 16) {
		uint64_t left = strings->sh_size - at;
		size_t len = left < size ? left : size;
		char *text = malloc(len + sizeof(SUFFIX));

		if (!text)
			return -ENOMEM;
		err = elf_image_read(img, strings->sh_offset + at, text, len);
		if (!err && strnlen(text, len) < len) {
			*name = text;
			return 0;
		}
		free(text);
		if (err || len == left || size >= LIMIT_NAME)
			return err ? err : -ENOEXEC;
	}
}

static int name_by_symbol(const struct plt_stubs *s, const struct plt_slot *slot, char **name)
{
	size_t cnt;
	const Elf64_Shdr *sections = elf_image_sections(s->img, &cnt), *syms;
	Elf64_Sym sym;
	int err;

	if (sections[slot->section].sh_link >= cnt)
		return -ENOEXEC;
	syms = &sections[sections[slot->section].sh_link];
	if (syms->sh_link >= cnt || syms->sh_entsize != sizeof(sym) ||
	    slot->sym >= syms->sh_size / sizeof(sym))
		return -ENOEXEC;
	err = elf_image_read(s->img, syms->sh_offset + slot->sym * sizeof(sym), &sym, sizeof(sym));
	return err ? err : read_name(s->img, &sections[syms->sh_link], sym.st_name, name);
}

/* Offer SYM by NAME, from malloc() with memory for the suffix, which is the query's then. */
static int offer_name(struct plt_stubs *s, char *name, struct query_sym *sym)
{
	int err;

	if (!*name) {
		free(name);
		return 0;
	}
	err = query_own(s->q, name);
	if (err)
		return err;
	memcpy(name + strlen(name), SUFFIX, sizeof(SUFFIX));
	sym->name = name;
	query_offer(s->q, sym);
	return 0;
}

/* Remember that the stub SYM has the name of the resolver at ADDEND. */
static int put_off(struct plt_stubs *s, uint64_t addend, const struct query_sym *sym)
{
	if (s->resolved_cnt == s->resolved_cap) {
		size_t cap = s->resolved_cap ? 2 * s->resolved_cap : 32;
		struct plt_resolved *bigger = reallocarray(s->resolved, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		s->resolved = bigger;
		s->resolved_cap = cap;
	}
	s->resolved[s->resolved_cnt++] = (struct plt_resolved){ addend, *sym };
	return 0;
}

static int offer_stub(struct plt_stubs *s, const struct plt_slot *slot, struct query_sym *sym)
{
	char *name = NULL;
	int err;

	if (!slot->sym)
		return put_off(s, slot->addend, sym);
	err = name_by_symbol(s, slot, &name);
	if (err)
		return err == -ENOMEM ? err : 0;
	return offer_name(s, name, sym);
}

static int find_resolvers(const struct plt_stubs *s, struct query **out)
{
	uint64_t *addends = calloc(s->resolved_cnt, sizeof(*addends));
	int err = addends ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < s->resolved_cnt; i++)
		addends[i] = s->resolved[i].addend;
	if (!err)
		err = query_new(addends, s->resolved_cnt, out);
	free(addends);
	if (err)
		return err;
	err = symtab_offer_elf(s->img, SHT_SYMTAB, *out);
	if (err && err != -ENOMEM)
		err = symtab_offer_elf(s->img, SHT_DYNSYM, *out);
	return err ? err : query_finish(*out);
}

/* Name the stubs that were put off, by one pass over the symbols. */
static int offer_resolved(struct plt_stubs *s)
{
	struct query *q = NULL;
	int err = s->resolved_cnt ? find_resolvers(s, &q) : 0;

	for (size_t i = 0; i < s->resolved_cnt && !err; i++) {
		const struct query_sym *sym = query_find(q, s->resolved[i].addend);
		char *name = sym ? malloc(strlen(sym->name) + sizeof(SUFFIX)) : NULL;

		if (sym)
			err = name ? offer_name(s, strcpy(name, sym->name), &s->resolved[i].sym)
				   : -ENOMEM;
	}
	query_free(q);
	return err;
}

/* ---- sections ---- */

static size_t stub_size(const Elf64_Shdr *shdr)
{
	return shdr->sh_entsize == 8 ? 8 : 16; /* .plt.got has 8; some linkers state no size */
}

/* Is any address of SHDR asked for? */
static bool is_wanted(const struct query *q, const Elf64_Shdr *shdr)
{
	struct query_sym all = { .start = shdr->sh_addr, .sized = true };

	return !__builtin_add_overflow(shdr->sh_addr, shdr->sh_size, &all.end) &&
	       query_wants(q, &all);
}

static int offer_section(struct plt_stubs *s, const Elf64_Shdr *shdr)
{
	size_t size = stub_size(shdr);
	void *bytes;
	int err;

	if (shdr->sh_size / size > LIMIT_STUBS)
		return -ENOSPC;
	err = elf_image_load_section(s->img, shdr, &bytes);
	for (uint64_t at = 0; !err && at + size <= shdr->sh_size; at += size) {
		struct query_sym sym = {
			.start = shdr->sh_addr + at,
			.end = shdr->sh_addr + at + size,
			.sized = true,
		};
		const struct plt_slot *slot;

		if (!query_wants(s->q, &sym))
			continue;
		slot = decode(s, (uint8_t *)bytes + at, size, sym.start);
		if (slot)
			err = offer_stub(s, slot, &sym);
	}
	free(bytes);
	return err;
}

int plt_offer(const struct elf_image *img, struct query *q)
{
	static const char *const names[] = { ".plt", ".plt.sec", ".plt.got", ".iplt" };
	struct plt_stubs s = { .img = img,
			       .q = q,
			       .left = elf_image_size(img) < LIMIT_SECTION ? elf_image_size(img)
									   : LIMIT_SECTION };
	bool ready = false;
	int err = -ENODATA;

	if (!elf_image_is_64(img))
		return -ENODATA;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const Elf64_Shdr *shdr = elf_image_find_section(img, names[i], SHT_PROGBITS);

		if (!shdr || !is_wanted(q, shdr))
			continue;
		err = ready ? 0 : read_slots(&s);
		ready = true;
		if (!err)
			err = offer_section(&s, shdr);
		if (err)
			break;
	}
	if (!err)
		err = offer_resolved(&s);
	free(s.slots);
	free(s.lazy);
	free(s.resolved);
	return err;
}
