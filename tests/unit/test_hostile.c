// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_hostile.c - files that were cut, flipped or made to do harm.
 *
 * What they are named is of no interest here: they must be answered, with some
 * name or some reason, without a crash, a hang or (SANITIZE=1) a stray read.
 */
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "symbolize/elf/image.h"
#include "symbolize/symbolizer.h"
#include "symbolize/elf/symtab.h"
#include "tests/unit/elf_builder.h"

static const struct elf_spec sound = {
	.segments = { { .p_type = PT_LOAD,
			.p_flags = PF_X,
			.p_vaddr = 0x1000,
			.p_filesz = 0x800 } },
	.text_vaddr = 0x1000,
	.text_size = 0x1000,
	.symtab_type = SHT_SYMTAB,
	.syms = { { "f", 0x1100, 16, STB_GLOBAL, STT_FUNC, ELF_TEXT },
		  { "g", 0x1200, 16, STB_GLOBAL, STT_FUNC, ELF_TEXT },
		  { "l", 0x1300, 0, STB_LOCAL, STT_NOTYPE, ELF_TEXT } },
	.build_id = "0123456789abcdefghij",
	.debuglink = "prog.debug",
};

/* All that is ever read of an ELF image.  True if "g" was found. */
static bool read_everything(const void *bytes, size_t size)
{
	const uint64_t vaddrs[] = { 0, 0x1105, 0x1205, 0x1305, UINT64_MAX };
	const struct query_sym *sym;
	uint8_t id[ELF_BUILD_ID_MAX];
	struct elf_image *img;
	bool found = false;
	struct query *q;
	uint64_t vaddr;
	uint32_t crc;
	char *link;

	if (elf_image_open_memory(bytes, size, &img))
		return false;
	elf_image_off_to_vaddr(img, 0x105, &vaddr);
	elf_image_build_id(img, id);
	elf_image_debuglink(img, &link, &crc);
	free(link);
	elf_image_find_section(img, ".names", SHT_NULL);
	assert_int_equal(query_new(vaddrs, ARRAY_SIZE(vaddrs), &q), 0);
	symtab_offer_elf(img, SHT_SYMTAB, q);
	symtab_offer_elf(img, SHT_DYNSYM, q);
	if (!query_finish(q)) {
		sym = query_find(q, 0x1205);
		found = sym && !strcmp(sym->name, "g");
	}
	query_free(q);
	elf_image_close(img);
	return found;
}

static void survives_every_truncation(void **state)
{
	struct elf_bytes elf;

	for (int is_32 = 0; is_32 < 2; is_32++) {
		struct elf_spec spec = sound;

		spec.is_32 = is_32;
		elf_build(&spec, &elf);
		assert_true(read_everything(elf.bytes, elf.size));
		for (size_t size = 0; size < elf.size; size++) {
			void *exact = malloc(size ? size : 1);

			assert_non_null(exact);
			memcpy(exact, elf.bytes, size);
			assert_false(read_everything(exact, size));
			free(exact);
		}
	}
}

static void survives_every_flipped_bit(void **state)
{
	struct elf_bytes elf;
	size_t found = 0;

	elf_build(&sound, &elf);
	for (size_t bit = 0; bit < elf.size * 8; bit++) {
		elf.bytes[bit / 8] ^= 1 << bit % 8;
		found += read_everything(elf.bytes, elf.size);
		elf.bytes[bit / 8] ^= 1 << bit % 8;
	}
	/* Most bits are padding, notes and the other symbols. */
	assert_true(found > elf.size * 8 / 2 && found < elf.size * 8);
}

static void survives_random_damage(void **state)
{
	struct elf_bytes elf;

	srand(11);
	for (int round = 0; round < 20000; round++) {
		elf_build(&sound, &elf);
		for (int i = rand() % 16; i >= 0; i--)
			elf.bytes[rand() % elf.size] = rand() % 4 ? rand() : 0xff;
		read_everything(elf.bytes, elf.size);
	}
}

/* A sparse file costs its author nothing; it must not cost us its size. */
static void refuses_a_section_of_a_terabyte(void **state)
{
	int fd = memfd_create("sparse", MFD_CLOEXEC);
	struct elf_bytes elf;
	struct elf_image *img;
	const Elf64_Shdr *shdr;
	Elf64_Shdr *names;
	void *bytes;

	elf_build(&sound, &elf);
	names = (Elf64_Shdr *)(elf.bytes + ((Elf64_Ehdr *)elf.bytes)->e_shoff) + ELF_STRTAB;
	names->sh_offset = 0;
	names->sh_size = 1ull << 39;
	assert_int_equal(write(fd, elf.bytes, elf.size), elf.size);
	assert_int_equal(ftruncate(fd, 1ll << 40), 0);
	assert_int_equal(elf_image_open(fd, &img), 0);
	shdr = elf_image_find_section(img, ".strtab", SHT_STRTAB);
	assert_non_null(shdr);
	assert_int_equal(elf_image_load_section(img, shdr, &bytes), -ENOSPC);
	assert_null(bytes);
	elf_image_close(img);
	close(fd);
}

static enum sym_reason reason_for(const struct elf_bytes *elf)
{
	const struct symbolizer_opts opts = { .debug.root = "/nonexistent" };
	char path[] = "/tmp/wick-hostile-XXXXXX";
	enum sym_reason reason;
	struct symbolizer *s;
	int fd = mkstemp(path);
	uint32_t id;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, elf->bytes, elf->size), elf->size);
	close(fd);
	assert_int_equal(symbolizer_new(&opts, &s), 0);
	assert_int_equal(symbolizer_ask_file(s, path, 0x1205, &id), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	reason = symbolizer_answer(s, id)->reason;
	symbolizer_free(s);
	unlink(path);
	return reason;
}

static void gives_damage_a_reason(void **state)
{
	struct elf_spec spec = sound;
	struct elf_bytes elf;
	Elf64_Ehdr *header = (void *)elf.bytes;
	Elf64_Shdr *sections;

	elf_build(&spec, &elf);
	assert_int_equal(reason_for(&elf), SYM_NAMED);
	sections = (void *)(elf.bytes + header->e_shoff);
	sections[ELF_SYMTAB].sh_link = 0xffff;
	assert_int_equal(reason_for(&elf), SYM_STRIPPED);
	elf.size = 10;
	assert_int_equal(reason_for(&elf), SYM_BAD_ELF);
	elf.size = 0;
	assert_int_equal(reason_for(&elf), SYM_BAD_ELF);
	spec.symtab_type = 0;
	elf_build(&spec, &elf);
	assert_int_equal(reason_for(&elf), SYM_STRIPPED);
	spec = sound;
	spec.syms[1].size = 1;
	elf_build(&spec, &elf);
	assert_int_equal(reason_for(&elf), SYM_NO_SYMBOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_every_truncation),
		cmocka_unit_test(survives_every_flipped_bit),
		cmocka_unit_test(survives_random_damage),
		cmocka_unit_test(refuses_a_section_of_a_terabyte),
		cmocka_unit_test(gives_damage_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
