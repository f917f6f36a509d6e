/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printable.h - which characters may reach a terminal.  Names are those of programs that we do not
 * trust: some characters a terminal obeys, and by some what is around them is shown in another
 * order, or not at all.
 *
 * Source:    ISO 6429, C0 and C1; Unicode, UAX #9 and the property Default_Ignorable_Code_Point, but
 *            for what only chooses a glyph.
 * Threads:   no shared state.
 */
#ifndef PROFILER_PRINTABLE_H
#define PROFILER_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRINTABLE_BROKEN UINT32_MAX /* in place of a character: a byte that starts none */

/* The bytes of the character at TEXT, of LEN > 0 bytes, and which it is. */
size_t printable_next(const char *text, size_t len, uint32_t *c);

/* False also for newlines and tabs, and for what is broken. */
bool printable_is_safe(uint32_t c);

#endif /* PROFILER_PRINTABLE_H */
