/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * abbrev.h - what the DIEs of a unit look like, prepared for skipping them.
 *
 * Most DIEs are types and variables, of no interest here: where an abbreviation
 * has only forms of known size, a DIE of it is one addition.
 *
 * Source:    .debug_abbrev; DWARF 5, 7.5.3.
 * Ownership: the table is its loader's; it does not refer to the section.
 * Errors:    -ENODATA damaged or beyond a limit; -ENOMEM.
 * Threads:   a loaded table is read-only.
 */
#ifndef SYMBOLIZE_DWARF_ABBREV_H
#define SYMBOLIZE_DWARF_ABBREV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/cursor.h"
#include "symbolize/dwarf/form.h"

/* What a DIE is to one who looks for code. */
enum dwarf_kind {
	DWARF_OTHER,	/* it has no code */
	DWARF_NAMES,	/* it is a namespace: it has no code, but functions inside */
	DWARF_FUNCTION, /* this and the kinds below have addresses */
	DWARF_INLINED,
	DWARF_BLOCK,
};

/* The attributes that anybody here asks for. */
enum dwarf_slot {
	DWARF_LOW_PC,
	DWARF_HIGH_PC,
	DWARF_AT_RANGES,
	DWARF_SIBLING,
	DWARF_NAME,
	DWARF_LINKAGE_NAME,
	DWARF_ORIGIN,
	DWARF_SPECIFICATION,
	DWARF_CALL_FILE,
	DWARF_CALL_LINE,
	/* The ones from here on stand in a unit's first DIE. */
	DWARF_STMT_LIST,
	DWARF_COMP_DIR,
	DWARF_LANGUAGE,
	DWARF_DWO_NAME,
	DWARF_DWO_ID,
	DWARF_ADDR_BASE,
	DWARF_STR_OFFSETS_BASE,
	DWARF_RNGLISTS_BASE,
	DWARF_RANGES_BASE,
	DWARF_SLOT_CNT,
};

struct dwarf_attr {
	uint16_t form;
	uint8_t slot;	  /* enum dwarf_slot; DWARF_SLOT_CNT if it is none of them */
	int64_t implicit; /* of DW_FORM_implicit_const */
};

struct dwarf_abbrev {
	uint64_t code;
	uint16_t tag;
	bool has_children, has_sibling;
	enum dwarf_kind kind;
	size_t first, cnt;  /* in the table's attrs */
	int32_t fixed_size; /* bytes of all its values; -1 if they must be read one by one */
	int32_t sibling_at; /* offset of a DW_FORM_ref4 behind values of fixed size; -1 if none */
};

struct dwarf_abbrevs {
	uint64_t off; /* in .debug_abbrev */
	struct dwarf_encoding encoding;
	struct dwarf_abbrev *entries; /* ascending by code */
	size_t cnt, cap;
	struct dwarf_attr *attrs;
	size_t attr_cnt, attr_cap;
	bool is_dense; /* entry i has the code i + 1 */
};

/* Load the table that C stands at; it is known by OFF. */
int dwarf_abbrevs_load(struct cursor *c, uint64_t off, struct dwarf_encoding encoding,
		       struct dwarf_abbrevs **out);
void dwarf_abbrevs_free(struct dwarf_abbrevs *table);
size_t dwarf_abbrevs_size(const struct dwarf_abbrevs *table); /* bytes in memory */

/* The abbreviation with CODE; NULL if there is none, which is damage. */
const struct dwarf_abbrev *dwarf_abbrevs_find(const struct dwarf_abbrevs *table, uint64_t code);

#endif /* SYMBOLIZE_DWARF_ABBREV_H */
