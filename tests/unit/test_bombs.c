// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_bombs.c - a megabyte of ELF file that was made to cost a lot: it costs no more
 * than a second of a CPU.
 */
#include "tests/unit/row.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "symbolize/elf/image.h"
#include "symbolize/elf/plt.h"
#include "symbolize/elf/symtab.h"

#ifdef __SANITIZE_ADDRESS__
#define SLOWER 5
#else
#define SLOWER 1
#endif

#define SIZE	    (1u << 20)
#define TEXT	    0x1000 /* vaddr, also of the stub */
#define FIRST_ENTRY sizeof(Elf64_Ehdr)

struct bomb {
	uint8_t *bytes; /* SIZE */
	Elf64_Shdr *sections;
	size_t section_cnt;
};

static const char names[] = "\0.plt\0.names";

/* CNT sections, their table at the end, the last of them the names of the others. */
static struct bomb begin(size_t cnt)
{
	struct bomb b = { .bytes = calloc(1, SIZE), .section_cnt = cnt };
	Elf64_Ehdr *header = (Elf64_Ehdr *)b.bytes;
	size_t table = SIZE - cnt * sizeof(Elf64_Shdr);

	assert_non_null(b.bytes);
	*header = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(*header),
		.e_shoff = table,
		.e_shnum = (Elf64_Half)cnt,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shstrndx = (Elf64_Half)(cnt - 1),
	};
	b.sections = (Elf64_Shdr *)(b.bytes + table);
	memcpy(b.bytes + table - 64, names, sizeof(names));
	b.sections[cnt - 1] = (Elf64_Shdr){
		.sh_name = 6,
		.sh_type = SHT_STRTAB,
		.sh_offset = table - 64,
		.sh_size = sizeof(names),
	};
	return b;
}

/* Sections without number, each with all the relocations there are. */
static struct bomb relocations(void)
{
	struct bomb b = begin(8000);
	size_t cnt = 20000;
	Elf64_Rela *rela = (Elf64_Rela *)(b.bytes + FIRST_ENTRY + 16);

	memcpy(b.bytes + FIRST_ENTRY, "\xff\x25\0\0\0\0", 6); /* jmp *0(%rip) */
	b.sections[1] = (Elf64_Shdr){
		.sh_name = 1,
		.sh_type = SHT_PROGBITS,
		.sh_flags = SHF_ALLOC | SHF_EXECINSTR,
		.sh_addr = TEXT,
		.sh_offset = FIRST_ENTRY,
		.sh_size = 16,
		.sh_entsize = 16,
	};
	for (size_t i = 0; i < cnt; i++)
		rela[i] = (Elf64_Rela){ .r_offset = 0x5000,
					.r_info = ELF64_R_INFO(1, R_X86_64_JUMP_SLOT) };
	for (size_t i = 2; i + 1 < b.section_cnt; i++)
		b.sections[i] = (Elf64_Shdr){
			.sh_type = SHT_RELA,
			.sh_flags = SHF_ALLOC,
			.sh_offset = FIRST_ENTRY + 16,
			.sh_size = cnt * sizeof(*rela),
			.sh_entsize = sizeof(*rela),
		};
	return b;
}

/* Functions at one address, whose names have half a megabyte in common. */
static struct bomb long_names(void)
{
	struct bomb b = begin(4);
	size_t cnt = 20000, strings = FIRST_ENTRY + cnt * sizeof(Elf64_Sym);
	Elf64_Sym *syms = (Elf64_Sym *)(b.bytes + FIRST_ENTRY);

	for (size_t i = 1; i < cnt; i++)
		syms[i] = (Elf64_Sym){
			.st_name = (Elf64_Word)i,
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = 1,
			.st_value = TEXT,
			.st_size = 0x100,
		};
	memset(b.bytes + strings + 1, '_', 500000);
	b.sections[2] = (Elf64_Shdr){
		.sh_type = SHT_SYMTAB,
		.sh_offset = FIRST_ENTRY,
		.sh_size = cnt * sizeof(*syms),
		.sh_entsize = sizeof(*syms),
		.sh_link = 1,
	};
	b.sections[1] = (Elf64_Shdr){
		.sh_type = SHT_STRTAB,
		.sh_offset = strings,
		.sh_size = 500002,
	};
	return b;
}

/* As many notes as there is room for, and as many sections over them. */
static struct bomb notes(void)
{
	struct bomb b = begin(15000);
	Elf64_Nhdr *note = (Elf64_Nhdr *)(b.bytes + FIRST_ENTRY);

	for (size_t i = 0; i < 5000; i++)
		note[i] = (Elf64_Nhdr){ .n_type = NT_GNU_HWCAP };
	for (size_t i = 1; i + 1 < b.section_cnt; i++)
		b.sections[i] = (Elf64_Shdr){
			.sh_type = SHT_NOTE,
			.sh_offset = FIRST_ENTRY,
			.sh_size = 5000 * sizeof(*note),
		};
	return b;
}

static void ask(const struct bomb *b)
{
	const uint64_t vaddrs[] = { TEXT, TEXT + 8 };
	uint8_t id[ELF_BUILD_ID_MAX];
	struct elf_image *img;
	struct query *q;

	assert_int_equal(elf_image_open_memory(b->bytes, SIZE, &img), 0);
	assert_int_equal(elf_image_build_id(img, id), 0);
	assert_int_equal(query_new(vaddrs, ARRAY_SIZE(vaddrs), &q), 0);
	assert_int_not_equal(symtab_offer_elf(img, SHT_SYMTAB, q), -ENOMEM);
	assert_int_not_equal(plt_offer(img, q), -ENOMEM);
	assert_int_equal(query_finish(q), 0);
	query_free(q);
	elf_image_close(img);
}

static void costs_no_more_than_a_second(void **state)
{
	static const struct {
		const char *name;
		struct bomb (*make)(void);
	} rows[] = {
		{ "relocations", relocations },
		{ "long names", long_names },
		{ "notes", notes },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bomb b = rows[i].make();
		clock_t before = clock();

		ask(&b);
		ROW_TRUE(rows[i].name, clock() - before < SLOWER * CLOCKS_PER_SEC);
		free(b.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(costs_no_more_than_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
