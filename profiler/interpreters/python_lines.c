// SPDX-License-Identifier: BSD-2-Clause
/*
 * python_lines.c - the line of an instruction of CPython; see python.h.
 *
 * Objects/locations.md, Objects/lnotab_notes.txt of CPython say what the three tables are.
 */
#include "profiler/interpreters/python.h"

#include "symbolize/cursor.h"

#define VERSION_LINES	  0x030a /* co_linetable; before it co_lnotab */
#define VERSION_LOCATIONS 0x030b

/* An instruction before the first one: the frame has not begun. */
static bool is_before(uint32_t at)
{
	return (int32_t)at < 0;
}

/* Pairs of how far the address and the line are from those of the pair before. */
static uint32_t line_by_lnotab(struct cursor *c, uint32_t line, uint32_t at)
{
	uint32_t address = 0;

	while (cursor_left(c) >= 2) {
		address += cursor_u8(c);
		if (address > at)
			break;
		line += (uint32_t)(int8_t)cursor_u8(c);
	}
	return line;
}

/* Pairs of how many bytes a range has, and how far its line is from that of the one before. */
static uint32_t line_by_ranges(struct cursor *c, uint32_t line, uint32_t at)
{
	uint32_t end = 0;

	while (cursor_left(c) >= 2) {
		int8_t delta;

		end += cursor_u8(c);
		delta = (int8_t)cursor_u8(c);
		if (delta != INT8_MIN)
			line += (uint32_t)delta;
		if (at < end)
			return delta == INT8_MIN ? 0 : line;
	}
	return 0;
}

/* Six bits a byte, the lowest first; the lowest of all is the sign. */
static int32_t location_number(struct cursor *c)
{
	uint32_t value = 0, shift = 0;
	uint8_t byte;

	do {
		byte = cursor_u8(c);
		value |= shift < 32 ? (uint32_t)(byte & 0x3f) << shift : 0;
		shift += 6;
	} while (byte & 0x40);
	return value & 1 ? -(int32_t)(value >> 1) : (int32_t)(value >> 1);
}

enum location_kind {
	LOCATION_ONE_LINE = 10, /* and 11, 12: as many lines further as the kind is above 10 */
	LOCATION_NO_COLUMNS = 13,
	LOCATION_LONG,
	LOCATION_NONE,
};

/*
 * An entry begins with a byte that has the highest bit, which is the only one that does: kind,
 * and how many code units of 2 bytes it is about.  Columns follow, which are passed over.
 */
static uint32_t line_by_locations(struct cursor *c, uint32_t line, uint32_t at)
{
	uint32_t end = 0;

	while (cursor_left(c)) {
		uint8_t first = cursor_u8(c);
		unsigned int kind = first >> 3 & 15;

		end += 2 * (uint32_t)((first & 7) + 1);
		if (kind == LOCATION_NO_COLUMNS || kind == LOCATION_LONG)
			line += (uint32_t)location_number(c);
		else if (kind >= LOCATION_ONE_LINE && kind < LOCATION_NO_COLUMNS)
			line += kind - LOCATION_ONE_LINE;
		if (at < end)
			return kind == LOCATION_NONE ? 0 : line;
		while (cursor_left(c) && !(*c->at & 0x80))
			c->at++;
	}
	return 0;
}

uint32_t python_line(uint32_t version, const uint8_t *lines, size_t size, uint32_t first_line,
		     uint32_t at)
{
	struct cursor c = { .at = lines, .end = lines + size };

	if (is_before(at))
		return first_line;
	if (version >= VERSION_LOCATIONS)
		return line_by_locations(&c, first_line, at);
	if (version >= VERSION_LINES)
		return line_by_ranges(&c, first_line, 2 * at);
	return line_by_lnotab(&c, first_line, at);
}
