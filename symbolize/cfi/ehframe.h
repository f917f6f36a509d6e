/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ehframe.h - the call frame information (CFI) of an ELF file as a sorted table of rows:
 * how to find the caller's frame from any of its instructions (x86-64).
 *
 * Source:    .eh_frame, else .debug_frame, of one ELF file; for Go's both.  The bytes are
 *            read into memory, not mapped: a file that shrinks meanwhile is a read error
 *            and no SIGBUS, and what was checked cannot change afterwards.
 *            DWARF 5, 6.4; LSB 5.0 Core, 10.6 (.eh_frame, augmentations).
 * Units:     as in ehframe_rows.h.
 * Ownership: the caller owns a table and frees it; nothing refers to the input.
 * Errors:    0 or a negative errno; on failure *out is NULL.  The input is never
 *            trusted: a damaged function gets one UNSUP row and is counted, and a file
 *            beyond the limits of limits.h is -ENOSPC: with them hostile input costs at
 *            most 200 MiB while it is parsed.
 * Threads:   no shared state.
 */
#ifndef SYMBOLIZE_CFI_EHFRAME_H
#define SYMBOLIZE_CFI_EHFRAME_H

#include <stddef.h>

#include "symbolize/cfi/ehframe_rows.h"
#include "symbolize/cfi/ehframe_section.h"

/*
 * Make the table of a section; one without an FDE gives an empty table.  Of two
 * FDEs that overlap the one that starts later has the addresses from its start;
 * of two with the same start the first in the section is used.
 *
 *   -ENOSPC  over one of the limits
 *   -ENOMEM
 */
int ehframe_parse(const struct ehframe_section *sec, struct ehframe_table **out);

/*
 * A sink takes rows as they are made: the rows of a call follow those of the call before.
 * A result other than 0 ends the parsing, which returns it.
 */
struct ehframe_sink {
	int (*rows)(void *ctx, const struct ehframe_row *rows, size_t cnt);
	void *ctx;
};

/*
 * Like ehframe_parse(), but give the rows to SINK as they are made: *OUT then has row_cnt
 * and the other numbers, and no rows.
 */
int ehframe_parse_to(const struct ehframe_section *sec, const struct ehframe_sink *sink,
		     struct ehframe_table **out);

/*
 * Make the table of the ELF file open at FD, which stays open and keeps its
 * position.
 *
 *   -ENOEXEC  not an ELF file, or a damaged one
 *   -ENOTSUP  not x86-64 (x32 included), or not linked
 *   -ENODATA  no CFI
 *   -ENOSPC   over one of the limits
 *   -ENOMEM
 */
int ehframe_load(int fd, struct ehframe_table **out);

/* Like ehframe_load(), with the rows given to SINK: a million rows take 16 MB. */
int ehframe_load_to(int fd, const struct ehframe_sink *sink, struct ehframe_table **out);

/* Like ehframe_load(), for an ELF image in memory: the vDSO. */
int ehframe_load_image(const void *image, size_t size, struct ehframe_table **out);

#endif /* SYMBOLIZE_CFI_EHFRAME_H */
