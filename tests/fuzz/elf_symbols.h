/* SPDX-License-Identifier: BSD-2-Clause */
/* elf_symbols.h - what the fuzz targets of ELF files share: all tables are asked. */
#ifndef TESTS_FUZZ_ELF_SYMBOLS_H
#define TESTS_FUZZ_ELF_SYMBOLS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/elf/image.h"
#include "symbolize/elf/plt.h"
#include "symbolize/query.h"
#include "symbolize/elf/symtab.h"
#include "tests/fuzz/check.h"

#define FUZZ_ADDRESSES 64
#define FUZZ_SECTIONS  16 /* that are looked at for addresses */

struct fuzz_addresses {
	uint64_t addrs[FUZZ_ADDRESSES];
	size_t cnt;
};

static inline void fuzz_ask_at(struct fuzz_addresses *a, uint64_t addr)
{
	if (a->cnt < FUZZ_ADDRESSES)
		a->addrs[a->cnt++] = addr;
}

/* The edges of sections, and where the first symbols of each table begin. */
static inline struct fuzz_addresses fuzz_choose_addresses(const struct elf_image *img)
{
	struct fuzz_addresses a = { .addrs = { 0, UINT64_MAX }, .cnt = 2 };
	size_t cnt;
	const Elf64_Shdr *sections = elf_image_sections(img, &cnt);

	for (size_t i = 1; i < cnt && i < FUZZ_SECTIONS; i++) {
		Elf64_Sym syms[8];
		bool is_table =
			sections[i].sh_type == SHT_SYMTAB || sections[i].sh_type == SHT_DYNSYM;

		if (sections[i].sh_flags & SHF_EXECINSTR) {
			fuzz_ask_at(&a, sections[i].sh_addr);
			fuzz_ask_at(&a, sections[i].sh_addr + 16);
			fuzz_ask_at(&a, sections[i].sh_addr + sections[i].sh_size - 1);
		}
		if (!is_table || elf_image_read(img, sections[i].sh_offset, syms, sizeof(syms)))
			continue;
		for (size_t k = 1; k < sizeof(syms) / sizeof(syms[0]); k++) {
			fuzz_ask_at(&a, syms[k].st_value);
			fuzz_ask_at(&a, syms[k].st_value + syms[k].st_size - 1);
		}
	}
	return a;
}

static inline void fuzz_check_symbol(const struct query_sym *sym, uint64_t addr)
{
	check(sym->start <= addr && addr < sym->end);
	/* Read to their ends: the sanitizer looks on. */
	check(*sym->name && strlen(sym->name) < SIZE_MAX);
	check(!sym->file || strlen(sym->file) < SIZE_MAX);
}

static inline void fuzz_ask(const struct fuzz_addresses *a, struct query *q)
{
	check(!query_finish(q));
	for (size_t i = 0; i < a->cnt; i++) {
		const struct query_sym *sym = query_find(q, a->addrs[i]);

		if (sym)
			fuzz_check_symbol(sym, a->addrs[i]);
	}
	query_free(q);
}

/* Both tables and the stubs, each by itself. */
static inline void fuzz_ask_tables(const struct elf_image *img)
{
	struct fuzz_addresses a = fuzz_choose_addresses(img);

	for (int i = 0; i < 3; i++) {
		struct query *q;
		int err;

		check(!query_new(a.addrs, a.cnt, &q));
		err = i == 0   ? symtab_offer_elf(img, SHT_SYMTAB, q)
		      : i == 1 ? symtab_offer_elf(img, SHT_DYNSYM, q)
			       : plt_offer(img, q);
		check(err <= 0 && err != -ENOMEM);
		fuzz_ask(&a, q);
	}
}

#endif /* TESTS_FUZZ_ELF_SYMBOLS_H */
