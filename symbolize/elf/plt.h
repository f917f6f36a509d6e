/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plt.h - names for the stubs through which a file calls other files: "puts@plt".
 *
 * No symbol table has them.  A stub jumps through a slot of the GOT, and the
 * relocation of that slot says which function the dynamic linker puts there; that
 * holds for .plt, .plt.sec and .plt.got of every linker, as it is read from the
 * instructions and not from the order.  x86-64 only.
 *
 * The stub of an IFUNC in a static program has the name of its resolver, which is
 * the function's.
 *
 * Source:    System V ABI x86-64, 5.2 "Procedure Linkage Table".
 * Ownership: the query becomes the owner of the names.
 * Errors:    -ENODATA no stub was asked for, or there is none; -ENOEXEC, -ENOMEM, or
 *            what reading says.
 */
#ifndef SYMBOLIZE_ELF_PLT_H
#define SYMBOLIZE_ELF_PLT_H

#include "symbolize/elf/image.h"
#include "symbolize/query.h"

/* Offer those stubs of IMG that Q wants. */
int plt_offer(const struct elf_image *img, struct query *q);

#endif /* SYMBOLIZE_ELF_PLT_H */
