/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * split.h - the other half of a unit that was compiled with -gsplit-dwarf.
 *
 * It is in the package of the program's split units (dwarf/package.h), or else in the
 * file (`.dwo`) beside the sources that the skeleton in the program names.
 *
 * Source:    DWARF 5, 3.1.2 and 7.3.2; GNU's form of it in DWARF 4.
 * Ownership: a struct dwarf_split holds the file open until dwarf_split_close().
 * Errors:    -ENODATA there is no such file, or it belongs to another build; -ENOMEM.
 */
#ifndef SYMBOLIZE_DWARF_SPLIT_H
#define SYMBOLIZE_DWARF_SPLIT_H

#include "symbolize/dwarf/unit.h"

struct dwarf_split {
	struct dwarf_context context; /* the unit with the DIEs */
	struct elf_image *img;
	struct dwarf *dw;
	bool is_open; /* it is in a file of its own, which is open */
	int fd;
};

/*
 * Find the other half of SKELETON.  On failure SPLIT may hold a file all the same, and is
 * closed by the caller.
 */
int dwarf_split_open(struct dwarf_split *split, struct dwarf_reader *reader,
		     const struct dwarf_context *skeleton);
void dwarf_split_close(struct dwarf_split *split); /* one of zeros is fine */

#endif /* SYMBOLIZE_DWARF_SPLIT_H */
