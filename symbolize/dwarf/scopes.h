/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scopes.h - the function and the inlined calls around each address.
 *
 * The DIEs of a unit are walked in their order.  What holds none of the addresses
 * is not entered, if it says where its next sibling is (GCC) or else without a look
 * at the ranges in it (clang says nothing).  The deepest call that holds an address
 * is its site.
 *
 * Functions nested in others or in types may lie outside of what they are nested in:
 * for addresses left over everything is entered.
 *
 * Source:    DWARF 5, 3.3 (subprograms, inlined calls), 3.5 (blocks).
 * Ownership: sites are put into the arena.
 * Errors:    -ENOMEM; a damaged unit says nothing about what is behind the damage.
 */
#ifndef SYMBOLIZE_DWARF_SCOPES_H
#define SYMBOLIZE_DWARF_SCOPES_H

#include "symbolize/arena.h"
#include "symbolize/dwarf/spot.h"
#include "symbolize/dwarf/unit.h"

/* Set the sites of SPOTS, which lie in the unit of CTX and ascend. */
int dwarf_scopes_find(const struct dwarf_context *ctx, struct arena *arena,
		      struct dwarf_spot *spots, size_t cnt);

#endif /* SYMBOLIZE_DWARF_SCOPES_H */
