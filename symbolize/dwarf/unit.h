/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unit.h - one unit opened for reading: its DIEs, and what they point to.
 *
 * Source:    DWARF 5, 3.1 (unit entries), 2.17.3 (ranges), 7.26 to 7.28 (the
 *            tables that indices lead to); GNU's split DWARF of version 4.
 * Ownership: strings are the sections'; abbreviations are the reader's.
 * Errors:    -ENODATA damaged, missing or beyond the budget; -ENOMEM.
 * Threads:   a reader belongs to one thread.
 */
#ifndef SYMBOLIZE_DWARF_UNIT_H
#define SYMBOLIZE_DWARF_UNIT_H

#include "symbolize/dwarf/file.h"
#include "symbolize/dwarf/form.h"

/* The values of one DIE. */
struct dwarf_die {
	uint32_t has; /* a bit for each enum dwarf_slot that it has */
	struct dwarf_value values[DWARF_SLOT_CNT];
};
_Static_assert(DWARF_SLOT_CNT <= 32, "one bit for each slot");

struct dwarf_context {
	struct dwarf *dw;
	struct dwarf_meter *meter; /* the reader's */
	struct dwarf *main; /* the file with addresses and lines: another one if dw is split */
	struct dwarf_unit unit;
	const struct dwarf_abbrevs *abbrevs;
	struct dwarf_die die;  /* the first one of the unit */
	uint64_t children_off; /* 0 if it has none */
	uint64_t base_vaddr;   /* ranges count from it */
	uint64_t addr_base, str_offsets_base, rnglists_base, ranges_base;
};

#define DWARF_TABLES 64 /* tables of abbreviations that are kept; a power of two */

/*
 * Keeps tables of abbreviations, within LIMIT_TABLES; one is valid until another unit is opened by
 * the same reader, and mostly longer.
 */
struct dwarf_reader {
	struct dwarf_meter meter;
	struct {
		uint64_t dw_id;
		struct dwarf_abbrevs *table;
	} tables[DWARF_TABLES];
	size_t next_table, size; /* bytes of all tables */
};

void dwarf_reader_fini(struct dwarf_reader *r);

/* Open UNIT of DW.  SKELETON is the unit in the main file whose split half it is, or NULL. */
int dwarf_context_open(struct dwarf_reader *r, struct dwarf *dw, const struct dwarf_unit *unit,
		       const struct dwarf_context *skeleton, struct dwarf_context *out);

/* Make a cursor at OFF in .debug_info, which ends with the unit. */
int dwarf_context_cursor(const struct dwarf_context *ctx, uint64_t off, struct cursor *out);

/* Read the values of a DIE of abbreviation A, whose code was read from C. */
void dwarf_die_read(const struct dwarf_context *ctx, const struct dwarf_abbrev *a, struct cursor *c,
		    struct dwarf_die *out);

/* The value of SLOT, or NULL if the DIE has none. */
static inline const struct dwarf_value *dwarf_die_value(const struct dwarf_die *die,
							enum dwarf_slot slot)
{
	return die->has & 1u << slot ? &die->values[slot] : NULL;
}

/* The string that VALUE is or leads to; NULL if it is none, or damaged. */
const char *dwarf_context_string(const struct dwarf_context *ctx, const struct dwarf_value *value);

/* Set *VADDR to the address that VALUE is or leads to; false if it is none, or damaged. */
bool dwarf_context_vaddr(const struct dwarf_context *ctx, const struct dwarf_value *value,
			 uint64_t *vaddr);

/*
 * Set *DW and *OFF to what the reference VALUE leads to, an offset in the .debug_info of *DW.
 * False if it leads nowhere; neither is set then.
 */
bool dwarf_context_ref(const struct dwarf_context *ctx, const struct dwarf_value *value,
		       struct dwarf **dw, uint64_t *off);

/* Gives the ranges of a DIE, one after the other, without empty ones. */
struct dwarf_ranges {
	const struct dwarf_context *ctx;
	struct cursor list;
	uint64_t base, start, end;
	bool is_single, is_v5;
};

void dwarf_ranges_init(struct dwarf_ranges *r, const struct dwarf_context *ctx,
		       const struct dwarf_die *die);
bool dwarf_ranges_next(struct dwarf_ranges *r);

#endif /* SYMBOLIZE_DWARF_UNIT_H */
