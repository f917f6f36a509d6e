// SPDX-License-Identifier: BSD-2-Clause
/* identity.c - says which build an ELF file is, and what its debug file is; see elf/image.h. */
#include "symbolize/elf/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "symbolize/limits.h"

#define CRC_STEP (256u << 10) /* bytes read at a time for a checksum */

/* Look for a build-id.  Name and descriptor are padded to 4 bytes: gABI, "Note Section". */
static size_t find_build_id(const uint8_t *notes, size_t size, uint8_t id[ELF_BUILD_ID_MAX])
{
	Elf64_Nhdr note;
	uint64_t name_size, desc_size, used;

	while (size >= sizeof(note)) {
		memcpy(&note, notes, sizeof(note));
		name_size = ((uint64_t)note.n_namesz + 3) & ~3ull;
		desc_size = ((uint64_t)note.n_descsz + 3) & ~3ull;
		used = sizeof(note) + name_size + desc_size;
		/* The padding behind the last one may be missing. */
		if (sizeof(note) + name_size + note.n_descsz > size)
			return 0;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(notes + sizeof(note), ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) &&
		    note.n_descsz <= ELF_BUILD_ID_MAX) {
			memcpy(id, notes + sizeof(note) + name_size, note.n_descsz);
			return note.n_descsz;
		}
		if (used > size)
			return 0;
		notes += used;
		size -= used;
	}
	return 0;
}

/* Look from OFF on; *LEFT is how many bytes of notes are still looked at. */
static size_t build_id_at(const struct elf_image *img, uint64_t off, uint64_t size, uint64_t *left,
			  uint8_t id[ELF_BUILD_ID_MAX])
{
	void *notes;
	size_t len;

	if (size > *left || elf_image_load(img, off, size, &notes))
		return 0;
	*left -= size;
	len = find_build_id(notes, size, id);
	free(notes);
	return len;
}

/* Sections are asked first: in a debug file the offsets of segments mean nothing. */
size_t elf_image_build_id(const struct elf_image *img, uint8_t id[ELF_BUILD_ID_MAX])
{
	const Elf64_Shdr *sections;
	const Elf64_Phdr *segments;
	size_t section_cnt, segment_cnt, len = 0;
	uint64_t left = LIMIT_NOTES;

	sections = elf_image_sections(img, &section_cnt);
	segments = elf_image_segments(img, &segment_cnt);
	for (size_t i = 1; i < section_cnt && !len; i++) {
		if (sections[i].sh_type == SHT_NOTE)
			len = build_id_at(img, sections[i].sh_offset, sections[i].sh_size, &left,
					  id);
	}
	for (size_t i = 0; i < segment_cnt && !len && !section_cnt; i++) {
		if (segments[i].p_type == PT_NOTE)
			len = build_id_at(img, segments[i].p_offset, segments[i].p_filesz, &left,
					  id);
	}
	return len;
}

/*
 * The section has a name, its NUL, padding to four bytes and the CRC: gdb manual, "Separate
 * Debug Files".
 */
int elf_image_debuglink(const struct elf_image *img, char **name, uint32_t *crc)
{
	const Elf64_Shdr *shdr = elf_image_find_section(img, ".gnu_debuglink", SHT_NULL);
	size_t len;
	void *text;
	int err;

	*name = NULL;
	*crc = 0;
	if (!shdr)
		return -ENODATA;
	if (shdr->sh_size > LIMIT_LINK)
		return -ENOSPC;
	err = elf_image_load_section(img, shdr, &text);
	if (err)
		return err;
	len = (strlen(text) + 1 + 3) & ~(size_t)3;
	if (!*(char *)text || len + sizeof(*crc) > shdr->sh_size || strchr(text, '/')) {
		free(text);
		return -ENOEXEC;
	}
	memcpy(crc, (char *)text + len, sizeof(*crc));
	*name = text;
	return 0;
}

int elf_image_crc(const struct elf_image *img, uint32_t *crc)
{
	uint64_t off = 0, size = elf_image_size(img);
	uLong sum = crc32(0, NULL, 0);
	void *bytes;
	int err;

	*crc = 0;
	if (size > LIMIT_CRC || elf_image_is_sparse(img))
		return -ENOSPC;
	bytes = malloc(CRC_STEP);
	err = bytes ? 0 : -ENOMEM;
	while (!err && off < size) {
		size_t step = size - off < CRC_STEP ? size - off : CRC_STEP;

		err = elf_image_read(img, off, bytes, step);
		if (!err)
			sum = crc32(sum, bytes, step);
		off += step;
	}
	free(bytes);
	*crc = sum;
	return err;
}
