/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lines.h - the source lines of a unit.
 *
 * The program that makes the line table is run for the addresses asked for; the
 * table itself is never stored.
 *
 * Source:    DWARF 5, 6.2; 2 to 4 the same.
 * Ownership: paths live in the arena.
 * Errors:    -ENODATA missing, damaged or beyond the budget; -ENOMEM.
 */
#ifndef SYMBOLIZE_DWARF_LINES_H
#define SYMBOLIZE_DWARF_LINES_H

#include "symbolize/arena.h"
#include "symbolize/dwarf/spot.h"
#include "symbolize/dwarf/unit.h"

struct dwarf_line_file {
	const char *name;
	uint64_t dir;
	const char *path; /* NULL until somebody asks for it */
};

struct dwarf_lines {
	struct dwarf_meter *meter; /* the unit's */
	const char *comp_dir;	   /* NULL if the unit names none */
	struct dwarf_encoding encoding;
	uint8_t min_inst, max_ops, line_range, opcode_base;
	int8_t line_base;
	const uint8_t *operand_cnts; /* the first is that of opcode 1 */
	const char **dirs;
	size_t dir_cnt, dir_cap;
	struct dwarf_line_file *files;
	size_t file_cnt, file_cap;
	struct cursor program;
};

/* Read the header of the line table of CTX, which is a unit of the main file: dwarf/unit.h. */
int dwarf_lines_open(const struct dwarf_context *ctx, struct dwarf_lines *out);
void dwarf_lines_close(struct dwarf_lines *lines);

/* Run the line program, and set the lines of SPOTS, which ascend. */
void dwarf_lines_find(const struct dwarf_lines *lines, struct dwarf_spot *spots, size_t cnt);

/* Make the path of a file that rows and calls name by FILE; *OUT is NULL if there is none. */
int dwarf_lines_path(struct dwarf_lines *lines, struct arena *arena, uint32_t file,
		     const char **out);

#endif /* SYMBOLIZE_DWARF_LINES_H */
