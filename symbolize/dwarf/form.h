/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * form.h - how the value of an attribute is written.
 *
 * Source: DWARF 5, 7.5.5 and 7.5.6; GNU's forms for split DWARF and for dwz.
 */
#ifndef SYMBOLIZE_DWARF_FORM_H
#define SYMBOLIZE_DWARF_FORM_H

#include "symbolize/dwarf/abbrev.h"
#include "symbolize/cursor.h"

/* A value before anybody looks up what it points to. */
struct dwarf_value {
	uint16_t form;	  /* 0: there is none */
	uint64_t number;  /* a constant, address, offset, index or reference as written */
	const char *text; /* DW_FORM_string */
};

/* Bytes of a value; -1: it has to be read. */
int dwarf_form_size(uint16_t form, struct dwarf_encoding encoding);

/* An unknown form makes the cursor bad: what follows cannot be found. */
void dwarf_form_read(struct cursor *c, const struct dwarf_attr *attr,
		     struct dwarf_encoding encoding, struct dwarf_value *out);

/* Is it an address, by itself or by an index? */
bool dwarf_form_is_addr(uint16_t form);

#endif /* SYMBOLIZE_DWARF_FORM_H */
