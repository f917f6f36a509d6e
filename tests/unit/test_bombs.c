// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_bombs.c - ELF files that were made to cost a lot, by a megabyte of bytes or a hole of
 * terabytes: they cost no more than a second of a CPU, and some megabytes.
 */
#include "tests/unit/row.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "symbolize/cfi/ehframe.h"
#include "symbolize/elf/image.h"
#include "symbolize/elf/minidebug.h"
#include "symbolize/elf/plt.h"
#include "symbolize/elf/symtab.h"

#ifdef __SANITIZE_ADDRESS__
#define SLOWER 5
#else
#define SLOWER 1
#endif

#define SIZE	    (1u << 20)
#define HOLE	    (8ull << 40) /* bytes of a sparse file; some file systems have no larger ones */
#define MOST_MIB    64		 /* of memory; the tables of what is asked here are some KiB */
#define TEXT	    0x1000	 /* vaddr, also of the stub */
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
	struct bomb b = begin(1000);
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
	struct bomb b = begin(1000);
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
	uint64_t vaddrs[300];
	uint8_t id[ELF_BUILD_ID_MAX];
	struct elf_image *img;
	struct query *q;

	for (size_t i = 0; i < ARRAY_SIZE(vaddrs); i++)
		vaddrs[i] = TEXT + i / 2;
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

/* A file of HOLE bytes, of which BOMB's are at the beginning. */
static int sparse(const struct bomb *b)
{
	int fd = memfd_create("sparse", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, b->bytes, SIZE), SIZE);
	assert_int_equal(ftruncate(fd, HOLE), 0);
	return fd;
}

/* A string table of section names that is the hole. */
static void huge_names(struct bomb *b)
{
	b->sections[b->section_cnt - 1].sh_offset = SIZE;
	b->sections[b->section_cnt - 1].sh_size = 1ull << 30;
}

static void huge_symtab(struct bomb *b)
{
	b->sections[2].sh_offset = SIZE;
	b->sections[2].sh_size = HOLE - SIZE;
}

static void huge_strings(struct bomb *b)
{
	b->sections[1].sh_offset = SIZE;
	b->sections[1].sh_size = HOLE - SIZE;
}

static void huge_notes(struct bomb *b)
{
	b->sections[1].sh_type = SHT_NOTE;
	huge_strings(b);
}

static void huge_links(struct bomb *b)
{
	static const char text[] = "\0.gnu_debuglink\0.gnu_debugdata";

	memcpy(b->bytes + b->sections[3].sh_offset, text, sizeof(text));
	b->sections[3].sh_size = sizeof(text);
	for (int i = 1; i < 3; i++)
		b->sections[i] = (Elf64_Shdr){ .sh_name = i == 1 ? 1 : 16,
					       .sh_type = SHT_PROGBITS,
					       .sh_offset = SIZE,
					       .sh_size = HOLE - SIZE };
}

/* A table of sections that begins at the end of the file, and takes all of the hole. */
static void huge_tables(struct bomb *b)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)b->bytes;

	b->sections[0].sh_size = (HOLE - header->e_shoff) / sizeof(Elf64_Shdr);
	b->sections[0].sh_info = 10u << 20;
	header->e_shnum = 0;
	header->e_phnum = PN_XNUM;
	header->e_phentsize = sizeof(Elf64_Phdr);
	header->e_phoff = SIZE;
}

static void ask_sparse(const struct bomb *b)
{
	struct ehframe_table *table;
	const uint64_t vaddr = TEXT;
	uint8_t id[ELF_BUILD_ID_MAX];
	int fd = sparse(b);
	struct elf_image *img, *mini;
	struct query *q;
	void *bytes;
	char *link;
	uint32_t crc;

	if (!elf_image_open(fd, &img)) {
		assert_int_equal(elf_image_build_id(img, id), 0);
		assert_int_not_equal(elf_image_debuglink(img, &link, &crc), 0);
		assert_int_not_equal(minidebug_open(img, &bytes, &mini), 0);
		assert_int_equal(elf_image_crc(img, &crc), -ENOSPC);
		assert_int_equal(query_new(&vaddr, 1, &q), 0);
		assert_int_not_equal(symtab_offer_elf(img, SHT_SYMTAB, q), -ENOMEM);
		assert_int_not_equal(plt_offer(img, q), -ENOMEM);
		query_free(q);
		elf_image_close(img);
	}
	if (!ehframe_load(fd, &table))
		ehframe_free(table);
	close(fd);
}

static long peak_mib(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss >> 10;
}

static void holes_cost_nothing(void **state)
{
	static const struct {
		const char *name;
		void (*enlarge)(struct bomb *b);
	} rows[] = {
		{ "section names", huge_names }, { "symbols", huge_symtab },
		{ "names", huge_strings },	 { "notes", huge_notes },
		{ "links", huge_links },	 { "tables", huge_tables },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bomb b = long_names();
		clock_t before = clock();
		long peak = peak_mib();

		rows[i].enlarge(&b);
		ask_sparse(&b);
		ROW_TRUE(rows[i].name, clock() - before < SLOWER * CLOCKS_PER_SEC);
		ROW_TRUE(rows[i].name, peak_mib() - peak < MOST_MIB);
		free(b.bytes);
	}
}

/* What MiniDebugInfo of an ELF file and CNT zeros behind it is: 0, or why it is not opened. */
static int open_mini(size_t cnt)
{
	struct bomb outer = begin(3), inner = begin(2);
	static const char text[] = "\0.gnu_debugdata";
	uint8_t *bytes = calloc(1, SIZE + cnt);
	size_t size = 0;
	struct elf_image *img, *mini;
	void *inflated;
	int err;

	assert_non_null(bytes);
	memcpy(bytes, inner.bytes, SIZE);
	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_NONE, NULL, bytes, SIZE + cnt,
						 outer.bytes + FIRST_ENTRY, &size, SIZE / 2),
			 LZMA_OK);
	memcpy(outer.bytes + outer.sections[2].sh_offset, text, sizeof(text));
	outer.sections[2].sh_size = sizeof(text);
	outer.sections[1] = (Elf64_Shdr){
		.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = FIRST_ENTRY, .sh_size = size
	};
	assert_int_equal(elf_image_open_memory(outer.bytes, SIZE, &img), 0);
	err = minidebug_open(img, &inflated, &mini);
	if (!err) {
		elf_image_close(mini);
		free(inflated);
	}
	elf_image_close(img);
	free(bytes);
	free(inner.bytes);
	free(outer.bytes);
	return err;
}

static void minidebug_is_no_bomb(void **state)
{
	long peak = peak_mib();

	assert_int_equal(open_mini(0), -ENOSPC); /* a megabyte of zeros is one already */
	assert_int_equal(open_mini(48u << 20), -ENOSPC);
	assert_true(peak_mib() - peak < MOST_MIB + 50); /* 50 MiB are those of this test */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(costs_no_more_than_a_second),
		cmocka_unit_test(holes_cost_nothing),
		cmocka_unit_test(minidebug_is_no_bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
