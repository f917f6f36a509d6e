/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spot.h - an address in a unit, and what its DWARF says about it.
 *
 * Units:     `vaddr` is the ELF's p_vaddr space; `off` an offset in .debug_info.
 * Ownership: sites live in the arena of the walk that found them.
 */
#ifndef SYMBOLIZE_DWARF_SPOT_H
#define SYMBOLIZE_DWARF_SPOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/answer.h"

struct dwarf;

/* A function, or one that was inlined into its parent. */
struct dwarf_site {
	const struct dwarf_site *parent; /* NULL if it is a function */
	struct dwarf *dw;		 /* the file with the DIE that leads to its name */
	uint64_t name_off;		 /* that DIE's offset */
	uint32_t call_file, call_line;	 /* where the parent calls it */
	unsigned int depth;		 /* how many parents it has */
};

struct dwarf_spot {
	uint64_t vaddr, unit_off;
	struct sym_answer *answer;
	const struct dwarf_site *site; /* the innermost one that holds it, or NULL */
	uint32_t file, line, discriminator;
	bool has_line;
};

/* The index of the first of SPOTS, which ascend, at or above VADDR. */
static inline size_t dwarf_spot_lower_bound(const struct dwarf_spot *spots, size_t cnt,
					    uint64_t vaddr)
{
	size_t lo = 0, hi = cnt;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (spots[mid].vaddr < vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

#endif /* SYMBOLIZE_DWARF_SPOT_H */
