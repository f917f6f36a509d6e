/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answers.h - one unit's part of the answers: frames, files and lines.
 *
 * Ownership: what answers point to lives in the arena.
 * Errors:    -ENOMEM.  Damaged units leave answers as they are.
 * Threads:   one struct, one thread; any number over one file.
 */
#ifndef SYMBOLIZE_DWARF_ANSWERS_H
#define SYMBOLIZE_DWARF_ANSWERS_H

#include "symbolize/arena.h"
#include "symbolize/dwarf/names.h"
#include "symbolize/dwarf/spot.h"
#include "symbolize/dwarf/unit.h"

struct dwarf_answers {
	const struct symbolizer_opts *opts;
	struct arena *arena;
	struct dwarf *dw;
	bool passes; /* the bytes before a unit are not needed again: dwarf_section_pass() */
	struct dwarf_reader reader,
		split_reader; /* of the file, and of the units that are split off */
	struct dwarf_names names;
};

void dwarf_answers_init(struct dwarf_answers *a, const struct symbolizer_opts *opts,
			struct arena *arena, struct dwarf *dw);
void dwarf_answers_fini(struct dwarf_answers *a);

/* Complete the answers of SPOTS, which are all in the unit at their unit_off, and ascend. */
int dwarf_answers_set(struct dwarf_answers *a, struct dwarf_spot *spots, size_t cnt);

#endif /* SYMBOLIZE_DWARF_ANSWERS_H */
