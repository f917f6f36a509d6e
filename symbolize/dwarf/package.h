/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * package.h - the split units of a program in one file (`.dwp`).
 *
 * Each section of it is made of parts, one for each `.dwo`.  An index has the
 * offsets of a unit's parts, by the number that is in its skeleton, too: so the
 * package of another build has nothing for this one.  The second index, of type
 * units, is of no interest here: they hold no code.
 *
 * Source:    DWARF 5, 7.3.5; GNU's form of it for DWARF 4, which is version 2.
 * Errors:    -ENODATA there is none, or it is damaged; -ENOSPC it exceeds the
 *            budget; -ENOMEM.
 * Ownership: the package stays open until dwarf_file_close() of the file it belongs to.
 * Threads:   any number may look for units.
 */
#ifndef SYMBOLIZE_DWARF_PACKAGE_H
#define SYMBOLIZE_DWARF_PACKAGE_H

#include "symbolize/dwarf/file.h"

/*
 * Look for DW's package and set DW->package.  It is MODULE.dwp, beside the program as it was
 * mapped (MODULE is NULL if that is not known); else FILE.dwp, beside the file behind FD,
 * which has the DWARF; else it is beside that file, and called like the program.  That there
 * is none is no error: there are fewer names.
 */
int dwarf_package_open(struct dwarf *dw, int fd, const char *module, struct dwarf_budget *budget);

/* Find the unit of PACKAGE with DWO_ID. */
int dwarf_package_find(struct dwarf *package, uint64_t dwo_id, struct dwarf_unit *out);

#endif /* SYMBOLIZE_DWARF_PACKAGE_H */
