/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image.h - a bounds-checked view of an ELF file, or of one in memory.
 *
 * Nothing is mapped: what is needed is read with pread().  A file that shrinks
 * under us is then an error code, where a mapping would be a SIGBUS; and a
 * symbol table is read once from end to end anyway.
 *
 * Headers of both classes are widened to 64 bits on opening.  Sections are
 * optional: when their table is missing or damaged the image has none, and
 * what the program headers tell still works.
 *
 * Units:     `off` is an offset in the file, `vaddr` the ELF's own p_vaddr space.
 * Ownership: the caller keeps the fd (or memory) open as long as the image.
 * Errors:    -ENOEXEC not ELF, or malformed; -ENOTSUP other byte order; -ENODATA
 *            sound, but lacks what was asked; -ESTALE the file shrank; -ENOSPC a
 *            limit of ours; -ENOMEM; or what pread() says.
 * Threads:   an open image is read-only, so any number may use it.
 */
#ifndef SYMBOLIZE_ELF_IMAGE_H
#define SYMBOLIZE_ELF_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_BUILD_ID_MAX 64 /* bytes; 20 (SHA-1) is usual */

struct elf_image;

int elf_image_open(int fd, struct elf_image **out);
int elf_image_open_memory(const void *data, size_t size, struct elf_image **out);
void elf_image_close(struct elf_image *img); /* NULL is fine */

int elf_image_fd(const struct elf_image *img);	      /* -1: it is in memory */
uint64_t elf_image_size(const struct elf_image *img); /* bytes */
const Elf64_Ehdr *elf_image_header(const struct elf_image *img);
bool elf_image_is_64(const struct elf_image *img);

/* Is nearly all of it a hole, which cost nobody anything? */
bool elf_image_is_sparse(const struct elf_image *img);

/* The program headers. */
const Elf64_Phdr *elf_image_segments(const struct elf_image *img, size_t *cnt);

/* The section headers, entry 0 included. */
const Elf64_Shdr *elf_image_sections(const struct elf_image *img, size_t *cnt);

/*
 * Find the vaddr that the byte at OFF is executed at, by the executable PT_LOAD whose
 * file bytes hold it: page-rounded mappings of neighbouring segments overlap, and
 * another segment would be the wrong one.  -ENODATA if there is none.
 */
int elf_image_off_to_vaddr(const struct elf_image *img, uint64_t off, uint64_t *vaddr);

/* Find the offset of the byte that is loaded at VADDR, by any PT_LOAD. */
int elf_image_vaddr_to_off(const struct elf_image *img, uint64_t vaddr, uint64_t *off);

/* The first section of that name and type, or NULL; NULL and SHT_NULL match any. */
const Elf64_Shdr *elf_image_find_section(const struct elf_image *img, const char *name,
					 uint32_t type);

/* The next section of that name behind SHDR, which is one of IMG's; or NULL. */
const Elf64_Shdr *elf_image_next_section(const struct elf_image *img, const char *name,
					 const Elf64_Shdr *shdr);

/* -ENOEXEC if the file ends before OFF + SIZE, -ENOSPC if we never load as much. */
int elf_image_holds(const struct elf_image *img, uint64_t off, uint64_t size);

/* Read the bytes [OFF, OFF + SIZE) into BUFFER. */
int elf_image_read(const struct elf_image *img, uint64_t off, void *buffer, size_t size);

/*
 * Read the bytes into memory that the caller frees, with a NUL behind them, as a string
 * table needs.  -ENOEXEC if the file is shorter, -ENODATA for SHT_NOBITS, -ENOTSUP for a
 * compressed section.
 */
int elf_image_load(const struct elf_image *img, uint64_t off, uint64_t size, void **out);
int elf_image_load_section(const struct elf_image *img, const Elf64_Shdr *shdr, void **out);

/*
 * Read a section like elf_image_load_section(), and inflate it if zlib or zstd compressed
 * it; *SIZE is what it then has.  -ENOTSUP if something else did, -ENOSPC if that is more than
 * MOST bytes, or than we believe of its size.
 */
int elf_image_inflate_section(const struct elf_image *img, const Elf64_Shdr *shdr, uint64_t most,
			      void **out, size_t *size);

/* Copy its build-id to ID, and return how many bytes it has; 0 if there is none. */
size_t elf_image_build_id(const struct elf_image *img, uint8_t id[ELF_BUILD_ID_MAX]);

/* Read the file name in .gnu_debuglink, for free(), and the CRC of that file. */
int elf_image_debuglink(const struct elf_image *img, char **name, uint32_t *crc);

/*
 * Compute the CRC-32 of the whole image, which .gnu_debuglink states for its file.  -ENOSPC if it
 * is larger, or has more holes, than any such file.
 */
int elf_image_crc(const struct elf_image *img, uint32_t *crc);

#endif /* SYMBOLIZE_ELF_IMAGE_H */
