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
 * Threads:   any number may ask; what was given does not change any more.
 */
#ifndef SYMBOLIZE_DWARF_SECTION_H
#define SYMBOLIZE_DWARF_SECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/elf/image.h"

/* Bytes that may still be held.  Shared by sections, and by files. */
struct dwarf_budget {
	_Atomic int64_t left;
};

struct dwarf_section {
	const struct elf_image *img;
	const Elf64_Shdr *shdr; /* NULL: the file has none */
	struct dwarf_budget *budget;
	uint8_t *bytes;
	uint64_t size; /* inflated */
	int64_t charged;
	pthread_mutex_t lock;	 /* of all below */
	_Atomic uint64_t filled; /* so many bytes are valid from the start on */
	_Atomic uint8_t *blocks; /* plain: which of the blocks behind are */
	struct inflater *inflater;
	/* What is before `floor` may be dropped, and is before `dropped`. */
	uint64_t floor, dropped;
	bool keeps_all;
	int err; /* it failed, and will again */
};

/*
 * SHDR is one of IMG's.  -ENODATA if it is NULL, or damaged; -ENOSPC: it exceeds BUDGET;
 * -ENOMEM.
 */
int dwarf_section_open(struct dwarf_section *s, const struct elf_image *img, const Elf64_Shdr *shdr,
		       struct dwarf_budget *budget);
void dwarf_section_close(struct dwarf_section *s);

/* The bytes at OFF, LEN of them at least. */
const uint8_t *dwarf_section_need(struct dwarf_section *s, uint64_t off, uint64_t len);

/* The string at OFF; it ends inside the section. */
const char *dwarf_section_string(struct dwarf_section *s, uint64_t off);

/*
 * What is before OFF will hardly be needed again: it may be dropped, and is inflated a
 * second time if it is.  Only while one thread asks.
 */
void dwarf_section_pass(struct dwarf_section *s, uint64_t off);

#endif /* SYMBOLIZE_DWARF_SECTION_H */
