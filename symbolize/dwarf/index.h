/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * index.h - which unit holds an address.
 *
 * .debug_aranges answers without a look at the units.  For what it does not know,
 * the first DIE of each unit that it does not list is asked: clang writes no
 * .debug_aranges at all, and a program is linked from parts of many compilers.
 *
 * Source:    DWARF 5, 6.1.2; 3.1.1 (ranges of a unit).
 * Ownership: the ranges are kept in the struct dwarf.
 * Errors:    -ENOMEM.  Damaged parts are passed over.
 * Threads:   one at a time may look in a file.
 */
#ifndef SYMBOLIZE_DWARF_INDEX_H
#define SYMBOLIZE_DWARF_INDEX_H

#include "symbolize/dwarf/unit.h"

#define DWARF_NO_UNIT UINT64_MAX

/*
 * Set UNIT_OFFS to the offset of the unit that holds each of VADDRS, or to DWARF_NO_UNIT.
 * PER_ADDRESS is symbolizer_opts.dwarf_per_address, for the addresses that .debug_aranges
 * does not know: asking the units means inflating all of .debug_info.
 */
int dwarf_index_find(struct dwarf *dw, struct dwarf_reader *reader, size_t per_address,
		     const uint64_t *vaddrs, uint64_t *unit_offs, size_t cnt);

#endif /* SYMBOLIZE_DWARF_INDEX_H */
