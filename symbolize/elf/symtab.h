/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symtab.h - the tables that symbols are offered to a query from.
 *
 * Source:    ELF .symtab or .dynsym (symtab_elf.c); /proc/kallsyms and
 *            perf-PID.map (symtab_text.c).
 * Units:     vaddrs from ELF tables, ips from the text formats.
 * Ownership: the query becomes the owner of the names.
 * Errors:    0 if the table has at least one function; -ENODATA if it has none
 *            or does not exist; -ENOEXEC malformed; -EACCES (kallsyms) all its
 *            addresses are hidden; -ENOMEM; or what reading says.
 */
#ifndef SYMBOLIZE_ELF_SYMTAB_H
#define SYMBOLIZE_ELF_SYMTAB_H

#include <stddef.h>

#include "symbolize/elf/image.h"
#include "symbolize/query.h"

/* SECTION_TYPE: SHT_SYMTAB, or SHT_DYNSYM, which PT_DYNAMIC leads to as well. */
int symtab_offer_elf(const struct elf_image *img, uint32_t section_type, struct query *q);

/*
 * TEXT, from malloc() and LEN bytes with a NUL behind them, becomes Q's in any
 * case.  A name from a kernel module is "name [module]".
 */
int symtab_offer_kallsyms(char *text, size_t len, struct query *q);

/* The same for "START SIZE name" lines in hexadecimal; later ones replace earlier ones. */
int symtab_offer_perf_map(char *text, size_t len, struct query *q);

#endif /* SYMBOLIZE_ELF_SYMTAB_H */
