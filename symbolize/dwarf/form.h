/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * form.h - how the value of an attribute is written.
 *
 * Source:    DWARF 5, 7.5.5 and 7.5.6; GNU's forms for split DWARF and for dwz.
 * Ownership: the text of a value is in the bytes that the cursor borrows.
 */
#ifndef SYMBOLIZE_DWARF_FORM_H
#define SYMBOLIZE_DWARF_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "symbolize/cursor.h"

/* What the size of a form depends on. */
struct dwarf_encoding {
	uint8_t version, addr_size, off_size;
};

/* A value before anybody looks up what it points to. */
struct dwarf_value {
	uint16_t form;	  /* 0 if there is none */
	uint64_t number;  /* a constant, address, offset, index or reference as written */
	const char *text; /* DW_FORM_string */
};

/* Bytes of a value; -1 if one must read it to know. */
int dwarf_form_size(uint16_t form, struct dwarf_encoding encoding);

/*
 * Read a value of FORM.  An unknown form makes the cursor bad, as what follows cannot be
 * found.  IMPLICIT is the value of DW_FORM_implicit_const, which its abbreviation has.
 */
void dwarf_form_read(struct cursor *c, uint16_t form, int64_t implicit,
		     struct dwarf_encoding encoding, struct dwarf_value *out);

/* Is it an address, by itself or by an index? */
bool dwarf_form_is_addr(uint16_t form);

#endif /* SYMBOLIZE_DWARF_FORM_H */
