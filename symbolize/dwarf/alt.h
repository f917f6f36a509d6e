/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alt.h - the file into which dwz moved what several debug files share.
 *
 * It is where .gnu_debugaltlink says, seen from the debug file, or below ROOT by its
 * build-id; and it has that build-id.
 *
 * Source:    DWARF 5, 7.3.6; dwz(1), "-m".
 * Ownership: the file stays open until dwarf_file_close() of DW.
 * Errors:    -ENOSPC it exceeds the budget; -ENOMEM.  That there is no such file is no
 *            error: there are fewer names.
 */
#ifndef SYMBOLIZE_DWARF_ALT_H
#define SYMBOLIZE_DWARF_ALT_H

#include "symbolize/dwarf/file.h"

/* Look for the file that DW, open at FD, names, and set DW->alt. */
int dwarf_alt_open(struct dwarf *dw, int fd, const char *root, struct dwarf_budget *budget);

#endif /* SYMBOLIZE_DWARF_ALT_H */
