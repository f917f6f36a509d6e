/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symtab.h - the symbol tables of an ELF file, offered to a query.
 *
 * Source:    .symtab, or .dynsym by its section or by PT_DYNAMIC.
 * Units:     addresses are vaddrs.
 * Ownership: the query becomes the owner of the names.
 * Errors:    0 if the table has at least one function; -ENODATA if it has none
 *            or does not exist; -ENOEXEC malformed; -ENOMEM; or what reading says.
 */
#ifndef SYMBOLIZE_ELF_SYMTAB_H
#define SYMBOLIZE_ELF_SYMTAB_H

#include <stddef.h>

#include "symbolize/elf/image.h"
#include "symbolize/query.h"

/* Offer the table of SECTION_TYPE: SHT_SYMTAB, or SHT_DYNSYM, to which PT_DYNAMIC leads too. */
int symtab_offer_elf(const struct elf_image *img, uint32_t section_type, struct query *q);

#endif /* SYMBOLIZE_ELF_SYMTAB_H */
