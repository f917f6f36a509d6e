// SPDX-License-Identifier: BSD-2-Clause
/* test_symtab.c - which entries of a symbol table name an address. */
#include "tests/unit/row.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/elf/symtab.h"
#include "symbolize/limits.h"
#include "symbolize/symtab_text.h"
#include "tests/unit/elf_builder.h"

#define TEXT	.text_vaddr = 0x1000, .text_size = 0x1000
#define NO_SIZE 0
#define FUNC(n, v, s)                                                                              \
	{                                                                                          \
		n, v, s, STB_GLOBAL, STT_FUNC, ELF_TEXT                                            \
	}

/* The name at VADDR, "" if none, for free(). */
static char *ask_elf(const struct elf_spec *spec, uint32_t type, uint64_t vaddr, int *err)
{
	const struct query_sym *sym;
	struct elf_image *img;
	struct elf_bytes elf;
	struct query *q;
	char *name;

	elf_build(spec, &elf);
	assert_int_equal(elf_image_open_memory(elf.bytes, elf.size, &img), 0);
	assert_int_equal(query_new(&vaddr, 1, &q), 0);
	*err = symtab_offer_elf(img, type, q);
	assert_int_equal(query_finish(q), 0);
	sym = query_find(q, vaddr);
	name = strdup(sym ? sym->name : "");
	query_free(q);
	elf_image_close(img);
	return name;
}

static void takes_functions_and_labels_of_code(void **state)
{
	static const struct {
		const char *name;
		struct elf_spec spec;
		uint64_t vaddr;
		const char *want;
		int err;
	} rows[] = {
		/* The published examples: a non-PIE's address is its symbol's value ... */
		{ "non-PIE",
		  { .text_vaddr = 0x401000,
		    .text_size = 0x200000,
		    .syms = { FUNC("f", 0x5414d0, 0x20) } },
		  0x5414d0,
		  "f",
		  0 },
		/* ... and 0x7f52ff67911b - 0x7f52ff58a000 is 0xb bytes into 0xef110. */
		{ "shared library",
		  { .text_vaddr = 0x1000,
		    .text_size = 0x200000,
		    .syms = { FUNC("g", 0xef110, 0x20) } },
		  0xef11b,
		  "g",
		  0 },
		{ "a function", { TEXT, .syms = { FUNC("f", 0x1100, 16) } }, 0x110f, "f", 0 },
		{ "a 32-bit function",
		  { .is_32 = true, TEXT, .syms = { FUNC("f", 0x1100, 16) } },
		  0x110f,
		  "f",
		  0 },
		{ "an indirect function",
		  { TEXT, .syms = { { "f", 0x1100, 16, STB_GLOBAL, STT_GNU_IFUNC, ELF_TEXT } } },
		  0x1100,
		  "f",
		  0 },
		{ "data is no function",
		  { TEXT, .syms = { { "d", 0x1100, 16, STB_GLOBAL, STT_OBJECT, ELF_DATA } } },
		  0x1100,
		  "",
		  -ENODATA },
		{ "an import is no function",
		  { TEXT, .syms = { { "f", 0x1100, 16, STB_GLOBAL, STT_FUNC, SHN_UNDEF } } },
		  0x1100,
		  "",
		  -ENODATA },
		{ "a label of code, in a table without functions",
		  { TEXT, .syms = { { "l", 0x1100, 0, STB_LOCAL, STT_NOTYPE, ELF_TEXT } } },
		  0x1105,
		  "l",
		  -ENODATA },
		{ "a label of data",
		  { TEXT, .syms = { { "l", 0x1100, 0, STB_LOCAL, STT_NOTYPE, ELF_DATA } } },
		  0x1105,
		  "",
		  -ENODATA },
		{ "a mapping symbol",
		  { TEXT, .syms = { { "$x", 0x1100, 0, STB_LOCAL, STT_NOTYPE, ELF_TEXT } } },
		  0x1105,
		  "",
		  -ENODATA },
		{ "no size: up to the section's end",
		  { TEXT, .syms = { FUNC("f", 0x1100, NO_SIZE) } },
		  0x1fff,
		  "f",
		  0 },
		{ "no size: not further",
		  { TEXT, .syms = { FUNC("f", 0x1100, NO_SIZE) } },
		  0x2000,
		  "",
		  0 },
		{ "global over local, whatever their order",
		  { TEXT, .syms = { { "a", 0x1100, 16, STB_LOCAL, STT_FUNC, ELF_TEXT },
				    FUNC("bb", 0x1100, 16) } },
		  0x1100,
		  "bb",
		  0 },
		{ "unique is as good as global",
		  { TEXT, .syms = { { "bb", 0x1100, 16, STB_GNU_UNIQUE, STT_FUNC, ELF_TEXT },
				    { "a", 0x1100, 16, STB_WEAK, STT_FUNC, ELF_TEXT } } },
		  0x1100,
		  "bb",
		  0 },
		{ "the version goes",
		  { TEXT, .syms = { FUNC("memcpy@@GLIBC_2.14", 0x1100, 16) } },
		  0x1100,
		  "memcpy",
		  0 },
		{ "a size that wraps around is damage",
		  { TEXT, .syms = { FUNC("f", 0x1100, UINT64_MAX) } },
		  0x1200,
		  "",
		  -ENODATA },
		{ "a symbol of an unknown section",
		  { TEXT, .syms = { { "f", 0x1100, 16, STB_GLOBAL, STT_FUNC, 0x1234 } } },
		  0x1100,
		  "f",
		  0 },
		{ "a name of nothing", { TEXT, .syms = { FUNC("", 0x1100, 16) } }, 0x1100, "", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct elf_spec spec = rows[i].spec;
		char *name;
		int err;

		spec.symtab_type = SHT_SYMTAB;
		name = ask_elf(&spec, SHT_SYMTAB, rows[i].vaddr, &err);
		ROW_EQUAL(rows[i].name, err, rows[i].err);
		if (strcmp(name, rows[i].want))
			fail_msg("[%s] got \"%s\", want \"%s\"", rows[i].name, name, rows[i].want);
		free(name);
	}
}

static void tells_its_tables_apart(void **state)
{
	struct elf_spec spec = { TEXT, .symtab_type = SHT_DYNSYM,
				 .syms = { FUNC("f", 0x1100, 16) } };
	char *name;
	int err;

	name = ask_elf(&spec, SHT_SYMTAB, 0x1100, &err);
	assert_int_equal(err, -ENODATA);
	assert_string_equal(name, "");
	free(name);
	name = ask_elf(&spec, SHT_DYNSYM, 0x1100, &err);
	assert_int_equal(err, 0);
	assert_string_equal(name, "f");
	free(name);
}

/* Without sections, PT_DYNAMIC is the only way to .dynsym. */
static void finds_dynsym_without_sections(void **state)
{
	struct elf_spec spec = {
		TEXT,
		.no_sections = true,
		.symtab_type = SHT_DYNSYM,
		.syms = { FUNC("f", 0x1100, 16), FUNC("g", 0x1200, 16) },
		.segments = { { .p_type = PT_LOAD,
				.p_flags = PF_X,
				.p_filesz = sizeof(struct elf_bytes) },
			      { .p_type = PT_DYNAMIC } },
	};
	const uint64_t vaddr = 0x1205, symtab = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
	const Elf64_Dyn dynamic[] = {
		{ DT_SYMTAB, { symtab } },
		{ DT_STRTAB, { symtab + 3 * sizeof(Elf64_Sym) } },
		{ DT_STRSZ, { 5 } },
		{ DT_NULL, { 0 } },
	};
	struct elf_image *img;
	struct elf_bytes elf;
	Elf64_Phdr *segment;
	struct query *q;

	elf_build(&spec, &elf);
	segment = (Elf64_Phdr *)(elf.bytes + sizeof(Elf64_Ehdr)) + 1;
	segment->p_offset = elf_append(&elf, dynamic, sizeof(dynamic));
	segment->p_filesz = sizeof(dynamic);
	assert_int_equal(elf_image_open_memory(elf.bytes, elf.size, &img), 0);
	assert_int_equal(query_new(&vaddr, 1, &q), 0);
	assert_int_equal(symtab_offer_elf(img, SHT_DYNSYM, q), 0);
	assert_int_equal(query_finish(q), 0);
	assert_string_equal(query_find(q, vaddr)->name, "g");
	query_free(q);
	elf_image_close(img);
}

/* Names are read a block at a time: one that lies across two, and the last one. */
static void reads_names_across_blocks(void **state)
{
	enum { STRINGS = 200000 };
	static const struct {
		uint32_t at;
		const char *name;
	} rows[] = { { 1, "first" },
		     { 65530, "across_the_blocks" },
		     { 131072, "at_a_block" },
		     { STRINGS - 5, "last" } };
	struct elf_spec spec = { TEXT, .symtab_type = SHT_SYMTAB,
				 .syms = { FUNC("f", 0x1100, 16) } };
	uint8_t *bytes = calloc(1, sizeof(struct elf_bytes) + STRINGS);
	struct elf_bytes elf;
	Elf64_Shdr *sections;

	assert_non_null(bytes);
	elf_build(&spec, &elf);
	sections = (void *)(elf.bytes + ((Elf64_Ehdr *)elf.bytes)->e_shoff);
	sections[ELF_STRTAB].sh_offset = elf.size;
	sections[ELF_STRTAB].sh_size = STRINGS;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		memcpy(bytes + elf.size + rows[i].at, rows[i].name, strlen(rows[i].name));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const uint64_t vaddr = 0x1100;
		struct elf_image *img;
		struct query *q;

		((Elf64_Sym *)(elf.bytes + sections[ELF_SYMTAB].sh_offset))[1].st_name = rows[i].at;
		memcpy(bytes, elf.bytes, elf.size);
		assert_int_equal(elf_image_open_memory(bytes, elf.size + STRINGS, &img), 0);
		assert_int_equal(query_new(&vaddr, 1, &q), 0);
		ROW_EQUAL(rows[i].name, symtab_offer_elf(img, SHT_SYMTAB, q), 0);
		assert_int_equal(query_finish(q), 0);
		assert_string_equal(query_find(q, vaddr)->name, rows[i].name);
		query_free(q);
		elf_image_close(img);
	}
	free(bytes);
}

/* A sized symbol ends the unsized one below it, though its own name is not read. */
static void ends_an_unsized_symbol_at_a_sized_one(void **state)
{
	struct elf_spec spec = {
		TEXT,
		.symtab_type = SHT_SYMTAB,
		.syms = { FUNC("unsized", 0x1100, NO_SIZE), FUNC("sized", 0x1200, 16) },
	};
	char *name;
	int err;

	name = ask_elf(&spec, SHT_SYMTAB, 0x11ff, &err);
	assert_string_equal(name, "unsized");
	free(name);
	name = ask_elf(&spec, SHT_SYMTAB, 0x1300, &err);
	assert_string_equal(name, "");
	free(name);
}

static void reads_the_text_formats(void **state)
{
	static const struct {
		const char *name;
		int (*offer)(char *text, size_t len, struct query *q);
		const char *text;
		uint64_t ip;
		const char *want;
		int err;
	} rows[] = {
		{ "perf map", symtab_offer_perf_map, "1000 10 f\n1010 10 g\n", 0x1010, "g", 0 },
		{ "perf map, last byte", symtab_offer_perf_map, "1000 10 f\n", 0x100f, "f", 0 },
		{ "perf map, byte behind", symtab_offer_perf_map, "1000 10 f\n", 0x1010, "", 0 },
		{ "perf map with 0x", symtab_offer_perf_map, "0x1000 0x10 f\n", 0x100f, "f", 0 },
		{ "perf map, blanks in the name", symtab_offer_perf_map,
		  "1000 10 LazyCompile:~f /a b.js:1\n", 0x1000, "LazyCompile:~f /a b.js:1", 0 },
		{ "perf map, an @ in the name", symtab_offer_perf_map, "1000 10 f@x\n", 0x1000,
		  "f@x", 0 },
		{ "perf map, code replaced", symtab_offer_perf_map, "1008 4 old\n1000 10 new\n",
		  0x1008, "new", 0 },
		{ "perf map with junk", symtab_offer_perf_map,
		  "\n \nx\n1000\n1000 \n1000 10\n1000 10 \n1000 0 zero\n"
		  "11112222333344445 10 long\nffffffffffffffff 10 wraps\n1000 -1 minus\n1000 10 "
		  "f\n",
		  0x1000, "f", 0 },
		{ "perf map, junk alone", symtab_offer_perf_map, "junk\n", 0x1000, "", -ENODATA },
		{ "perf map, empty", symtab_offer_perf_map, "", 0x1000, "", -ENODATA },
		{ "kallsyms", symtab_offer_kallsyms, "0000000000001000 T f\n0000000000002000 t g\n",
		  0x1fff, "f", 0 },
		{ "kallsyms, a module", symtab_offer_kallsyms,
		  "0000000000001000 T f\n0000000000002000 t g\t[nf]\n", 0x2004, "g [nf]", 0 },
		{ "kallsyms, data does not count", symtab_offer_kallsyms,
		  "0000000000001000 T f\n0000000000001800 D d\n", 0x1900, "f", 0 },
		{ "kallsyms, global alias", symtab_offer_kallsyms,
		  "0000000000001000 t a\n0000000000001000 T bb\n0000000000001000 t c\n", 0x1001,
		  "bb", 0 },
		{ "kallsyms, weak alias", symtab_offer_kallsyms,
		  "0000000000001000 t a\n0000000000001000 W bb\n", 0x1001, "bb", 0 },
		{ "kallsyms, below all", symtab_offer_kallsyms, "0000000000001000 T f\n", 0xfff, "",
		  0 },
		{ "kallsyms, hidden", symtab_offer_kallsyms,
		  "0000000000000000 T f\n0000000000000000 t g\n", 0x1000, "f", -EACCES },
		{ "kallsyms, per-CPU symbols at 0", symtab_offer_kallsyms,
		  "0000000000000000 A percpu\n0000000000001000 T f\n", 0x1000, "f", 0 },
		{ "kallsyms, junk", symtab_offer_kallsyms, "x\n1000\n1000 T\n1000 T \n1000  f\n",
		  0x1000, "", -ENODATA },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct query_sym *sym;
		const char *got;
		struct query *q;

		assert_int_equal(query_new(&rows[i].ip, 1, &q), 0);
		ROW_EQUAL(rows[i].name,
			  rows[i].offer(strdup(rows[i].text), strlen(rows[i].text), q),
			  rows[i].err);
		assert_int_equal(query_finish(q), 0);
		sym = query_find(q, rows[i].ip);
		got = sym ? sym->name : "";
		if (strcmp(got, rows[i].want))
			fail_msg("[%s] got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
		query_free(q);
	}
}

/* A perf map of one line, whose name would be copied for each answer. */
static void cuts_a_name_of_a_megabyte(void **state)
{
	const uint64_t ip = 0x1000;
	const size_t len = 1 << 20;
	char *text = malloc(len + 1);
	struct query *q;

	assert_non_null(text);
	memset(text, 'n', len);
	memcpy(text, "1000 10 ", 8);
	text[len] = '\0';
	assert_int_equal(query_new(&ip, 1, &q), 0);
	assert_int_equal(symtab_offer_perf_map(text, len, q), 0);
	assert_int_equal(query_finish(q), 0);
	assert_int_equal(strlen(query_find(q, ip)->name), LIMIT_NAME);
	query_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_functions_and_labels_of_code),
		cmocka_unit_test(tells_its_tables_apart),
		cmocka_unit_test(finds_dynsym_without_sections),
		cmocka_unit_test(reads_names_across_blocks),
		cmocka_unit_test(ends_an_unsized_symbol_at_a_sized_one),
		cmocka_unit_test(reads_the_text_formats),
		cmocka_unit_test(cuts_a_name_of_a_megabyte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
