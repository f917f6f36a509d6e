/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dynsym.h - a symbol that a file exports, by its name.
 *
 * Asking reads a few words of the table that the dynamic linker asks, .gnu.hash: of a name that
 * the file does not have, as a rule three.
 *
 * Source:    the section .gnu.hash of a 64-bit file, and the symbols that it leads to.
 * Units:     addresses are vaddrs.
 * Errors:    -ENODATA: there is no such symbol, or no such table; or what reading says.
 * Threads:   no shared state.
 */
#ifndef SYMBOLIZE_ELF_DYNSYM_H
#define SYMBOLIZE_ELF_DYNSYM_H

#include "symbolize/elf/image.h"

/* Symbols that the file only refers to are not found; nor is a NAME of 64 bytes and more: -EINVAL. */
int dynsym_find(const struct elf_image *img, const char *name, Elf64_Sym *out);

#endif /* SYMBOLIZE_ELF_DYNSYM_H */
