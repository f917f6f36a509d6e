// SPDX-License-Identifier: BSD-2-Clause
/* test_elf_image.c - segments, sections, notes; sound and damaged. */
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "symbolize/elf/image.h"
#include "tests/unit/elf_builder.h"

#define LOAD(off, vaddr, filesz, flags)                                                            \
	{                                                                                          \
		.p_type = PT_LOAD, .p_flags = flags, .p_offset = off, .p_vaddr = vaddr,            \
		.p_filesz = filesz, .p_memsz = filesz                                              \
	}

static void turns_offsets_into_vaddrs(void **state)
{
	static const struct {
		const char *name;
		Elf64_Phdr segments[ELF_MAX_SEGMENTS];
		uint64_t off;
		int err;
		uint64_t vaddr;
	} rows[] = {
		/* The two published examples, as far as this step goes. */
		{ "non-PIE at its preferred address",
		  { LOAD(0x1000, 0x401000, 0x200000, PF_R | PF_X) },
		  0x1414d0,
		  0,
		  0x5414d0 },
		{ "shared library mapped from offset 0",
		  { LOAD(0, 0, 0x200000, PF_R | PF_X) },
		  0x7f52ff67911b - 0x7f52ff58a000,
		  0,
		  0xef11b },

		{ "first byte", { LOAD(0x1000, 0x5000, 0x100, PF_X) }, 0x1000, 0, 0x5000 },
		{ "last byte", { LOAD(0x1000, 0x5000, 0x100, PF_X) }, 0x10ff, 0, 0x50ff },
		{ "byte before", { LOAD(0x1000, 0x5000, 0x100, PF_X) }, 0xfff, -ENODATA, 0 },
		{ "byte behind", { LOAD(0x1000, 0x5000, 0x100, PF_X) }, 0x1100, -ENODATA, 0 },
		{ "not executable", { LOAD(0x1000, 0x5000, 0x100, PF_R) }, 0x1000, -ENODATA, 0 },
		{ "not loaded",
		  { { .p_type = PT_NOTE, .p_flags = PF_X, .p_filesz = 0x100 } },
		  0x10,
		  -ENODATA,
		  0 },
		/* lld ends .rodata and begins .text in one page, and maps that page twice. */
		{ "lld: behind the read-only neighbour",
		  { LOAD(0, 0x200000, 0x6c8, PF_R), LOAD(0x6d0, 0x2016d0, 0x300, PF_R | PF_X) },
		  0x6d0,
		  0,
		  0x2016d0 },
		{ "lld: overlapping file ranges, the executable one counts",
		  { LOAD(0, 0x200000, 0x1000, PF_R), LOAD(0x6d0, 0x2016d0, 0x300, PF_R | PF_X) },
		  0x700,
		  0,
		  0x201700 },
		{ "second of several executable segments",
		  { LOAD(0x1000, 0x401000, 0x100, PF_X), LOAD(0x2000, 0x802000, 0x100, PF_X) },
		  0x2010,
		  0,
		  0x802010 },
		{ "sizes that overflow",
		  { LOAD(0x1000, 0x5000, UINT64_MAX, PF_X) },
		  0x1800,
		  0,
		  0x5800 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct elf_spec spec = { 0 };
		struct elf_image *img;
		struct elf_bytes elf;
		uint64_t vaddr;

		memcpy(spec.segments, rows[i].segments, sizeof(spec.segments));
		elf_build(&spec, &elf);
		ROW_EQUAL(rows[i].name, elf_image_open_memory(elf.bytes, elf.size, &img), 0);
		ROW_EQUAL(rows[i].name, elf_image_off_to_vaddr(img, rows[i].off, &vaddr),
			  rows[i].err);
		ROW_EQUAL(rows[i].name, vaddr, rows[i].vaddr);
		elf_image_close(img);
	}
}

static void says_why_it_is_not_elf(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t byte;
		int err;
	} rows[] = {
		{ "sound", EI_PAD, 0, 0 },
		{ "no magic", EI_MAG1, 'e', -ENOEXEC },
		{ "no class", EI_CLASS, 0, -ENOEXEC },
		{ "class of the future", EI_CLASS, 3, -ENOEXEC },
		{ "other byte order", EI_DATA, ELFDATA2MSB, -ENOTSUP },
		{ "version of the future", EI_VERSION, 2, -ENOEXEC },
		{ "odd program header size", offsetof(Elf64_Ehdr, e_phentsize), 57, -ENOEXEC },
		{ "program headers behind the end", offsetof(Elf64_Ehdr, e_phoff) + 4, 1,
		  -ENOEXEC },
		{ "sections behind the end are no sections", offsetof(Elf64_Ehdr, e_shoff) + 4, 1,
		  0 },
		{ "odd section size", offsetof(Elf64_Ehdr, e_shentsize), 65, 0 },
		{ "too many sections", offsetof(Elf64_Ehdr, e_shnum) + 1, 0xff, 0 },
		{ "names in no section", offsetof(Elf64_Ehdr, e_shstrndx), 0xee, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct elf_spec spec = { .segments = { LOAD(0, 0, 64, PF_X) } };
		struct elf_image *img;
		struct elf_bytes elf;
		uint64_t vaddr;

		elf_build(&spec, &elf);
		elf.bytes[rows[i].at] = rows[i].byte;
		ROW_EQUAL(rows[i].name, elf_image_open_memory(elf.bytes, elf.size, &img),
			  rows[i].err);
		if (img)
			ROW_EQUAL(rows[i].name, elf_image_off_to_vaddr(img, 0, &vaddr), 0);
		elf_image_close(img);
	}
}

/* gABI: with 0xff00 sections or more, section 0 has the count. */
static void finds_counts_too_large_for_the_header(void **state)
{
	struct elf_spec spec = { .segments = { LOAD(0, 0x1000, 64, PF_X) },
				 .build_id = "12345678" };
	struct elf_image *img;
	struct elf_bytes elf;
	Elf64_Ehdr *header = (void *)elf.bytes;
	Elf64_Shdr *zero;
	uint64_t vaddr;

	elf_build(&spec, &elf);
	zero = (void *)(elf.bytes + header->e_shoff);
	zero->sh_info = header->e_phnum;
	zero->sh_size = header->e_shnum;
	zero->sh_link = header->e_shstrndx;
	header->e_phnum = PN_XNUM;
	header->e_shnum = 0;
	header->e_shstrndx = SHN_XINDEX;
	assert_int_equal(elf_image_open_memory(elf.bytes, elf.size, &img), 0);
	assert_int_equal(elf_image_off_to_vaddr(img, 1, &vaddr), 0);
	assert_int_equal(vaddr, 0x1001);
	assert_non_null(elf_image_find_section(img, ".names", SHT_STRTAB));
	elf_image_close(img);
	zero->sh_size = UINT64_MAX / 2;
	assert_int_equal(elf_image_open_memory(elf.bytes, elf.size, &img), 0);
	assert_null(elf_image_find_section(img, NULL, SHT_NULL));
	elf_image_close(img);
}

static void reads_both_classes(void **state)
{
	for (int is_32 = 0; is_32 < 2; is_32++) {
		struct elf_spec spec = {
			.is_32 = is_32,
			.segments = { LOAD(0x100, 0x8100, 64, PF_X) },
			.build_id = "0123456789abcdefghij",
			.debuglink = "prog.debug",
			.debuglink_crc = 0x12345678,
		};
		uint8_t id[ELF_BUILD_ID_MAX];
		struct elf_image *img;
		struct elf_bytes elf;
		uint64_t vaddr;
		uint32_t crc;
		char *name;

		elf_build(&spec, &elf);
		assert_int_equal(elf_image_open_memory(elf.bytes, elf.size, &img), 0);
		assert_int_equal(elf_image_is_64(img), !is_32);
		assert_int_equal(elf_image_off_to_vaddr(img, 0x120, &vaddr), 0);
		assert_int_equal(vaddr, 0x8120);
		assert_int_equal(elf_image_build_id(img, id), 20);
		assert_memory_equal(id, spec.build_id, 20);
		assert_int_equal(elf_image_debuglink(img, &name, &crc), 0);
		assert_string_equal(name, "prog.debug");
		assert_int_equal(crc, 0x12345678);
		free(name);
		elf_image_close(img);
	}
}

static void refuses_a_debuglink_that_leaves_its_directory(void **state)
{
	static const char *const links[] = { "../../etc/shadow", "/etc/shadow", "" };

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		struct elf_spec spec = { .debuglink = links[i] };
		struct elf_image *img;
		struct elf_bytes elf;
		uint32_t crc;
		char *name;

		elf_build(&spec, &elf);
		assert_int_equal(elf_image_open_memory(elf.bytes, elf.size, &img), 0);
		ROW_EQUAL(links[i], elf_image_debuglink(img, &name, &crc), -ENOEXEC);
		elf_image_close(img);
	}
}

/* What the sum is worth is shown by test_symtab, which lets objcopy write one. */
static void sums_every_byte(void **state)
{
	struct elf_spec spec = { 0 };
	struct elf_image *img;
	struct elf_bytes elf;
	uint32_t crc, again;

	elf_build(&spec, &elf);
	assert_int_equal(elf_image_open_memory(elf.bytes, elf.size, &img), 0);
	assert_int_equal(elf_image_crc(img, &crc), 0);
	elf_image_close(img);
	elf.bytes[elf.size - 1] ^= 1;
	assert_int_equal(elf_image_open_memory(elf.bytes, elf.size, &img), 0);
	assert_int_equal(elf_image_crc(img, &again), 0);
	assert_int_not_equal(crc, again);
	elf_image_close(img);
}

static void notices_a_file_that_shrinks(void **state)
{
	struct elf_spec spec = { .build_id = "12345678" };
	int fd = memfd_create("shrinks", MFD_CLOEXEC);
	struct elf_image *img;
	struct elf_bytes elf;
	char byte;

	assert_true(fd >= 0);
	elf_build(&spec, &elf);
	assert_int_equal(write(fd, elf.bytes, elf.size), elf.size);
	assert_int_equal(elf_image_open(fd, &img), 0);
	assert_int_equal(elf_image_read(img, elf.size - 1, &byte, 1), 0);
	assert_int_equal(elf_image_read(img, elf.size, &byte, 1), -ENOEXEC);
	assert_int_equal(ftruncate(fd, 64), 0);
	assert_int_equal(elf_image_read(img, elf.size - 1, &byte, 1), -ESTALE);
	elf_image_close(img);
	close(fd);
}

static void refuses_what_is_no_regular_file(void **state)
{
	struct elf_image *img = (void *)1;
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	assert_int_equal(elf_image_open(fd, &img), -ENOEXEC);
	assert_null(img);
	close(fd);
	assert_int_equal(elf_image_open(-1, &img), -EBADF);
	assert_null(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_offsets_into_vaddrs),
		cmocka_unit_test(says_why_it_is_not_elf),
		cmocka_unit_test(finds_counts_too_large_for_the_header),
		cmocka_unit_test(reads_both_classes),
		cmocka_unit_test(refuses_a_debuglink_that_leaves_its_directory),
		cmocka_unit_test(sums_every_byte),
		cmocka_unit_test(notices_a_file_that_shrinks),
		cmocka_unit_test(refuses_what_is_no_regular_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
