/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * minidebug.h - MiniDebugInfo: the .symtab that Fedora leaves in a stripped file,
 * as an ELF file compressed by xz in the section .gnu_debugdata.
 *
 * It has the functions that .dynsym lacks, and no others.
 *
 * Source:    gdb manual, "MiniDebugInfo".
 * Ownership: *bytes, for free(), stays as long as *out; close the image first.
 * Errors:    -ENODATA there is none; -ENOSPC it inflates to more than we believe;
 *            -ENOEXEC damaged; -ENOMEM.
 */
#ifndef SYMBOLIZE_ELF_MINIDEBUG_H
#define SYMBOLIZE_ELF_MINIDEBUG_H

#include "symbolize/elf/image.h"

/* Inflate the section of IMG, and open the file in it. */
int minidebug_open(const struct elf_image *img, void **bytes, struct elf_image **out);

#endif /* SYMBOLIZE_ELF_MINIDEBUG_H */
