/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * section.h - a debug section that is read where it is looked at.
 *
 * The bytes have one address from the start, but hold nothing until they are
 * needed: a plain section is read in blocks, one that zlib compressed is
 * inflated from its beginning as far as needed, one by zstd as a whole.
 *
 * Units:     `off` is an offset in the section as it is when inflated.
 * Ownership: the image stays open as long as the section.
 * Errors:    what lies outside, is damaged or exceeds the budget is NULL.
 * Threads:   any number may ask, unless it is said otherwise; bytes that were given do not
 *            change any more.
 */
#ifndef SYMBOLIZE_DWARF_SECTION_H
#define SYMBOLIZE_DWARF_SECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/dwarf/meter.h"
#include "symbolize/elf/image.h"

struct dwarf_section {
	const struct elf_image *img;
	const Elf64_Shdr *shdr; /* NULL if the file has no such section */
	struct dwarf_budget *budget;
	uint8_t *bytes;
	uint64_t size;		 /* bytes when it is inflated */
	int64_t charged;	 /* bytes taken from the budget */
	pthread_mutex_t lock;	 /* who writes what is below holds it */
	_Atomic uint64_t filled; /* so many bytes are valid from the start on */
	_Atomic uint8_t *blocks; /* which blocks of a plain section are valid */
	struct inflater *inflater;
	/* Bytes before `floor` may be dropped; those before `dropped` are. */
	uint64_t floor, dropped;
	bool keeps_all;
	int err; /* why it failed, and will again; 0 if it did not */
};

/*
 * Open section SHDR of IMG.  -ENODATA if SHDR is NULL or damaged, -ENOSPC if the section
 * exceeds BUDGET; -ENOMEM.
 */
int dwarf_section_open(struct dwarf_section *s, const struct elf_image *img, const Elf64_Shdr *shdr,
		       struct dwarf_budget *budget);
void dwarf_section_close(struct dwarf_section *s);

/* The bytes at OFF, of which LEN or more are valid. */
const uint8_t *dwarf_section_need(struct dwarf_section *s, uint64_t off, uint64_t len);

/* The string at OFF, of LIMIT_NAME bytes at the most; it ends inside the section. */
const char *dwarf_section_string(struct dwarf_section *s, uint64_t off);

/*
 * Allow that what is before OFF is dropped: it will hardly be needed again, and is inflated
 * a second time if it is.  No other thread may use the section.
 */
void dwarf_section_pass(struct dwarf_section *s, uint64_t off);

#endif /* SYMBOLIZE_DWARF_SECTION_H */
