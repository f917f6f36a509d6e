// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_minidebug.c - any bytes are .gnu_debugdata, and what is in it an ELF file.
 *
 * The fuzzer cannot guess checksums: the input is the file, packed here, unless its
 * first byte is odd, when the rest is the section as it is.
 */
#include "symbolize/elf/minidebug.h"

#include <lzma.h>

#include "tests/fuzz/elf_symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char names[] = "\0.gnu_debugdata\0.shstrtab";

/* An ELF file of two sections, the names and DATA; packed if PACK. */
static uint8_t *wrap(const uint8_t *data, size_t size, bool pack, size_t *file_size)
{
	size_t room = pack ? lzma_stream_buffer_bound(size) : size, used = 0, shoff;
	uint8_t *file =
		calloc(1, sizeof(Elf64_Ehdr) + sizeof(names) + room + 8 + 3 * sizeof(Elf64_Shdr));
	uint8_t *at = file + sizeof(Elf64_Ehdr) + sizeof(names);
	Elf64_Shdr sections[3] = {
		{ 0 },
		{ .sh_name = 16,
		  .sh_type = SHT_STRTAB,
		  .sh_offset = sizeof(Elf64_Ehdr),
		  .sh_size = sizeof(names) },
		{ .sh_name = 1,
		  .sh_type = SHT_PROGBITS,
		  .sh_offset = sizeof(Elf64_Ehdr) + sizeof(names) },
	};
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(header),
		.e_shentsize = sizeof(sections[0]),
		.e_shnum = 3,
		.e_shstrndx = 1,
	};

	check(file);
	if (pack) {
		/* The fastest preset: what is looked for is behind it. */
		check(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, data, size, at, &used,
					      room) == LZMA_OK);
	} else if (size) {
		memcpy(at, data, size);
		used = size;
	}
	sections[2].sh_size = used;
	shoff = sections[2].sh_offset + used;
	header.e_shoff = shoff;
	memcpy(file, &header, sizeof(header));
	memcpy(file + sizeof(header), names, sizeof(names));
	memcpy(file + shoff, sections, sizeof(sections));
	*file_size = shoff + sizeof(sections);
	return file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool raw = size && data[0] & 1;
	struct elf_image *img, *mini;
	size_t file_size;
	uint8_t *file = wrap(data + raw, size - raw, !raw, &file_size);
	void *bytes;
	int err;

	check(!elf_image_open_memory(file, file_size, &img));
	err = minidebug_open(img, &bytes, &mini);
	check(!err == !!mini && !err == !!bytes);
	check(err != -ENOMEM && err != -ENODATA);
	if (!err)
		fuzz_ask_tables(mini);
	elf_image_close(mini);
	free(bytes);
	elf_image_close(img);
	free(file);
	return 0;
}
