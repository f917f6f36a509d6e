/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.h - the DWARF of one file: its sections and its units.
 *
 * Source:    DWARF 2 to 5, 7.5.1 (unit headers); the `.dwo` sections if the file
 *            is one of split DWARF.  dwz's alternate file hangs on `alt`, the
 *            package of its split units on `package`.
 * Units:     `off` is an offset in .debug_info, `vaddr` the ELF's p_vaddr space.
 * Ownership: the image stays the caller's, and open; the other files are the struct's own.
 * Errors:    -ENODATA there is none, or damaged; -ENOSPC it exceeds the budget; -ENOMEM.
 * Threads:   any number may use an open file.
 */
#ifndef SYMBOLIZE_DWARF_FILE_H
#define SYMBOLIZE_DWARF_FILE_H

#include "symbolize/dwarf/abbrev.h"
#include "symbolize/dwarf/section.h"
#include "symbolize/elf/opener.h"

enum dwarf_section_id {
	DWARF_INFO,
	DWARF_ABBREV,
	DWARF_STR,
	DWARF_LINE_STR,
	DWARF_LINE,
	DWARF_RANGES,
	DWARF_RNGLISTS,
	DWARF_ADDR,
	DWARF_STR_OFFSETS,
	DWARF_ARANGES,
	DWARF_CU_INDEX,
	DWARF_SECTION_CNT,
};

/* A unit's header. */
struct dwarf_unit {
	uint64_t off, end; /* from its header to the next unit's */
	uint64_t die_off;  /* its first DIE */
	uint64_t abbrev_off;
	uint64_t dwo_id; /* only skeletons and split units of DWARF 5 have one */
	/* Where the unit's part of these sections of a package begins; 0 in other files. */
	uint64_t info_part, str_offsets_part, rnglists_part;
	struct dwarf_encoding encoding;
	uint8_t type; /* DW_UT_...; 0 if the unit is of a kind that we do not read */
};

/* Another file that belongs to this one. */
struct dwarf_companion {
	struct dwarf *dw; /* NULL if there is none */
	struct elf_image *img;
	int fd;
};

/* A range of vaddrs that the unit at UNIT_OFF says is its own. */
struct dwarf_range {
	uint64_t start, end, unit_off;
	uint64_t max_end; /* the highest end of this range and all before it */
};

struct dwarf {
	uint64_t id; /* a number that no other file ever had */
	const struct elf_image *img;
	const struct opener *opener; /* for the files that it names; borrowed, see elf/opener.h */
	bool is_split;		     /* its sections are named .dwo */
	struct dwarf_section sections[DWARF_SECTION_CNT];
	struct dwarf_companion alt;	/* dwz's file, see dwarf/alt.h */
	struct dwarf_companion package; /* see dwarf/package.h */
	/* The lock is for the units found so far, ascending; the next one begins at `scanned`. */
	pthread_mutex_t lock;
	struct dwarf_unit *units;
	size_t unit_cnt, unit_cap;
	uint64_t scanned;
	bool scan_failed;
	/* What dwarf/index.h finds units by. */
	struct dwarf_range *ranges;
	size_t range_cnt, range_cap;
	uint64_t *listed; /* offsets of the units in .debug_aranges, ascending */
	size_t listed_cnt, listed_cap;
	bool has_aranges, has_all_ranges;
};

int dwarf_file_open(const struct elf_image *img, struct dwarf_budget *budget, struct dwarf **out);

/* Open the split units in IMG alone; it may have others as well. */
int dwarf_file_open_split(const struct elf_image *img, struct dwarf_budget *budget,
			  struct dwarf **out);

void dwarf_file_close(struct dwarf *dw); /* NULL is fine */

/* About how many bytes of it are walked through for addresses that are all over it. */
uint64_t dwarf_file_walked_size(const struct dwarf *dw);

/* Has some of it not been read because it exceeds the budget? */
bool dwarf_file_lacks_memory(struct dwarf *dw);

/* Read the header of the unit that begins at OFF: the caller knows that one does. */
int dwarf_file_unit_start(struct dwarf *dw, uint64_t off, struct dwarf_unit *out);

/*
 * Find the unit with the byte at OFF, or the INDEXth one; -ENODATA if there is none.  Both
 * read the headers of all units before it.
 */
int dwarf_file_unit_at(struct dwarf *dw, uint64_t off, struct dwarf_unit *out);
int dwarf_file_unit(struct dwarf *dw, size_t index, struct dwarf_unit *out);

#endif /* SYMBOLIZE_DWARF_FILE_H */
