/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ehframe_section.h - a section of call frame information that is in memory.
 *
 * Source:    .eh_frame or .debug_frame of one ELF file.
 * Units:     `vaddr` is the ELF's own p_vaddr space.
 * Ownership: the bytes are the caller's.
 */
#ifndef SYMBOLIZE_CFI_EHFRAME_SECTION_H
#define SYMBOLIZE_CFI_EHFRAME_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ehframe_section {
	const uint8_t *bytes;
	size_t size;
	uint64_t vaddr;	    /* where bytes[0] is loaded: the base of pc-relative pointers */
	uint64_t text_base; /* the base of text-relative pointers; with 0 these are damage */
	uint64_t data_base; /* the base of data-relative pointers; with 0 these are damage */
	bool debug_frame;   /* the layout is that of .debug_frame (DWARF 5, 6.4.1) */
	bool unbounded;	    /* bytes go on after the section: a zero length ends it */
	/*
	 * Functions save RBP without a word of it (Go): in a frame that has more than the
	 * return address the caller's is lost.
	 */
	bool hides_fp;
	bool saves_rbx; /* make rows tell where RBX is saved, and not RBP */
};

#endif /* SYMBOLIZE_CFI_EHFRAME_SECTION_H */
