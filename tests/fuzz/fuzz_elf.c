// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_elf.c - any bytes are an ELF file: its headers, symbol tables, PLT stubs, notes and
 * links are sound answers or none.
 */
#include "symbolize/limits.h"
#include "tests/fuzz/elf_symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_segments(const struct elf_image *img)
{
	size_t cnt;
	const Elf64_Phdr *segments = elf_image_segments(img, &cnt);
	bool wraps = false;

	for (size_t i = 0; i < cnt; i++) {
		uint64_t end;

		wraps |= __builtin_add_overflow(segments[i].p_vaddr, segments[i].p_filesz, &end);
	}
	for (size_t i = 0; i < cnt && i < FUZZ_SECTIONS; i++) {
		uint64_t vaddr, off;

		/* Of one that goes over the end of all addresses, the vaddrs are any. */
		if (!elf_image_off_to_vaddr(img, segments[i].p_offset, &vaddr) && !wraps)
			check(!elf_image_vaddr_to_off(img, vaddr, &off));
	}
}

static void check_sections(const struct elf_image *img)
{
	size_t cnt, size;
	const Elf64_Shdr *sections = elf_image_sections(img, &cnt);
	void *bytes;

	for (size_t i = 0; i < cnt && i < FUZZ_SECTIONS; i++) {
		int err = elf_image_load_section(img, &sections[i], &bytes);

		check(!err == !!bytes && err != -ENOMEM);
		free(bytes);
		err = elf_image_inflate_section(img, &sections[i], LIMIT_SECTION, &bytes, &size);
		check(!err == !!bytes && err != -ENOMEM);
		check(err || !((char *)bytes)[size]);
		free(bytes);
	}
}

static void check_identity(const struct elf_image *img)
{
	uint8_t id[ELF_BUILD_ID_MAX];
	uint32_t crc;
	char *link;

	check(elf_image_build_id(img, id) <= sizeof(id));
	if (!elf_image_debuglink(img, &link, &crc))
		check(*link && !strchr(link, '/'));
	free(link);
	check(!elf_image_crc(img, &crc));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image *img;

	if (elf_image_open_memory(data, size, &img))
		return 0;
	check_segments(img);
	check_sections(img);
	check_identity(img);
	fuzz_ask_tables(img);
	elf_image_close(img);
	return 0;
}
