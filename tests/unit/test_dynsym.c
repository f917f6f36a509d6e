// SPDX-License-Identifier: BSD-2-Clause
/* Exported symbols by name: all of real libraries, none that they lack, and damaged tables. */
#include "symbolize/elf/dynsym.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/golden.h"

struct table {
	const Elf64_Sym *syms;
	const char *strings;
	size_t cnt;
};

static struct table table_of(const char *bytes, const struct elf_image *image)
{
	const Elf64_Shdr *syms = elf_image_find_section(image, NULL, SHT_DYNSYM);
	size_t cnt;

	return (struct table){
		.syms = (const void *)(bytes + syms->sh_offset),
		.strings = bytes + elf_image_sections(image, &cnt)[syms->sh_link].sh_offset,
		.cnt = syms->sh_size / sizeof(Elf64_Sym),
	};
}

/* The library of this process whose path has NAME in it. */
struct wanted {
	const char *name;
	char path[4096];
};

static int look_at(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct wanted *wanted = ctx;

	if (!strstr(info->dlpi_name, wanted->name))
		return 0;
	snprintf(wanted->path, sizeof(wanted->path), "%s", info->dlpi_name);
	return 1;
}

static char *load(const char *name, struct elf_image **image, size_t *size)
{
	struct wanted wanted = { .name = name };
	char *bytes;

	if (!dl_iterate_phdr(look_at, &wanted))
		skip();
	bytes = golden_slurp(wanted.path, size);
	assert_int_equal(elf_image_open_memory(bytes, *size, image), 0);
	return bytes;
}

static void all_of_libc_are_found(void **state)
{
	struct elf_image *image;
	struct table table;
	size_t size, found = 0;
	char *bytes = load("libc.so", &image, &size);

	table = table_of(bytes, image);
	for (size_t i = 1; i < table.cnt; i++) {
		const char *name = table.strings + table.syms[i].st_name;
		bool is_own = table.syms[i].st_shndx != SHN_UNDEF && strlen(name) < 64;
		Elf64_Sym sym;

		if (!is_own)
			continue;
		/* One name may have several versions. */
		ROW_EQUAL(name, dynsym_find(image, name, &sym), 0);
		assert_string_equal(table.strings + sym.st_name, name);
		found++;
	}
	assert_true(found > 1000);
	elf_image_close(image);
	free(bytes);
}

/* The next letter is worth 33 of the one behind it: another name of the same hash. */
static void names_of_the_same_hash_are_told_apart(void **state)
{
	struct elf_image *image;
	size_t size, asked = 0;
	char *bytes = load("libc.so", &image, &size);
	struct table table = table_of(bytes, image);
	Elf64_Sym sym;
	char name[64];

	for (size_t i = 1; i < table.cnt; i++) {
		size_t len = strlen(table.strings + table.syms[i].st_name);

		if (table.syms[i].st_shndx == SHN_UNDEF || len < 2 || len >= sizeof(name))
			continue;
		strcpy(name, table.strings + table.syms[i].st_name);
		name[len - 2]++;
		name[len - 1] -= 33;
		ROW_EQUAL(name, dynsym_find(image, name, &sym), -ENODATA);
		asked++;
	}
	assert_true(asked > 1000);
	elf_image_close(image);
	free(bytes);
}

static void what_a_library_lacks_is_not_found(void **state)
{
	struct elf_image *image;
	size_t size, undefined = 0;
	char *bytes = load("libcmocka.so", &image, &size);
	struct table table = table_of(bytes, image);
	Elf64_Sym sym;
	char name[32], longest[80];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "no_such_function_%d", i);
		ROW_EQUAL(name, dynsym_find(image, name, &sym), -ENODATA);
		assert_int_equal(sym.st_value, 0);
	}
	for (size_t i = 1; i < table.cnt; i++) {
		if (table.syms[i].st_shndx != SHN_UNDEF)
			continue;
		assert_int_equal(dynsym_find(image, table.strings + table.syms[i].st_name, &sym),
				 -ENODATA);
		undefined++;
	}
	assert_true(undefined > 0);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(dynsym_find(image, longest, &sym), -EINVAL);
	elf_image_close(image);
	free(bytes);
}

/* Each byte of the table is wrong in turn: no crash, and no other symbol. */
static void damage_leads_nowhere_else(void **state)
{
	static const char name[] = "_assert_true";
	struct elf_image *image;
	size_t size;
	char *bytes = load("libcmocka.so", &image, &size);
	const Elf64_Shdr *hash = elf_image_find_section(image, NULL, SHT_GNU_HASH);
	size_t first = hash->sh_offset, last = first + hash->sh_size;
	Elf64_Sym want, sym;

	assert_int_equal(dynsym_find(image, name, &want), 0);
	elf_image_close(image);
	for (size_t at = first; at < last; at++) {
		bytes[at] ^= (char)0xff;
		assert_int_equal(elf_image_open_memory(bytes, size, &image), 0);
		if (!dynsym_find(image, name, &sym))
			assert_memory_equal(&sym, &want, sizeof(sym));
		elf_image_close(image);
		bytes[at] ^= (char)0xff;
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_libc_are_found),
		cmocka_unit_test(names_of_the_same_hash_are_told_apart),
		cmocka_unit_test(what_a_library_lacks_is_not_found),
		cmocka_unit_test(damage_leads_nowhere_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
