/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * headers.h - what must be known of an ELF file while its process lives: where its code is mapped
 * from, and its build-id.
 *
 * Source:    gABI, "Program Header"; the note NT_GNU_BUILD_ID.
 * Units:     as in the file: offsets and vaddrs.
 * Ownership: elf_headers_fini(), by whom elf_headers_read() or another reader filled it for.
 * Errors:    0 or a negative errno, those of elf_image_open().
 * Threads:   no shared state.
 */
#ifndef SYMBOLIZE_ELF_HEADERS_H
#define SYMBOLIZE_ELF_HEADERS_H

#include "symbolize/elf/image.h"

/* Executable segments; linkers make one or two, and what has more than these is refused. */
#define ELF_HEADERS_SEGMENTS 256

struct elf_headers {
	Elf64_Phdr *segments; /* executable ones of PT_LOAD, in the file's order */
	size_t segment_cnt;
	uint8_t build_id[ELF_BUILD_ID_MAX];
	size_t build_id_len; /* 0: it has none */
};

/* Who reads the headers of the file at FD; another process as a rule. */
typedef int (*elf_headers_reader)(void *ctx, int fd, struct elf_headers *out);

int elf_headers_read(const struct elf_image *image, struct elf_headers *out);
void elf_headers_fini(struct elf_headers *headers);

#endif /* SYMBOLIZE_ELF_HEADERS_H */
