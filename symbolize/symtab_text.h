/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symtab_text.h - the two tables of symbols that are text: kallsyms and perf-PID.map.
 *
 * Source:    proc_kallsyms(5); linux: tools/perf/Documentation/jit-interface.txt.
 * Units:     addresses are ips.
 * Ownership: the query becomes the owner of the text, and with it of the names.
 * Errors:    0 if the text has at least one function; -ENODATA if it has none; -EACCES
 *            (kallsyms) if all its addresses are hidden; -ENOMEM.
 */
#ifndef SYMBOLIZE_SYMTAB_TEXT_H
#define SYMBOLIZE_SYMTAB_TEXT_H

#include <stddef.h>

#include "symbolize/query.h"

/*
 * Offer the functions of TEXT, which is from malloc() and has LEN bytes with a NUL behind
 * them; it becomes Q's in any case.  A name from a kernel module is "name [module]".
 */
int symtab_offer_kallsyms(char *text, size_t len, struct query *q);

/*
 * Do the same for lines of "START SIZE name", numbers being hexadecimal.  A later line
 * replaces earlier ones at its addresses.
 */
int symtab_offer_perf_map(char *text, size_t len, struct query *q);

#endif /* SYMBOLIZE_SYMTAB_TEXT_H */
