/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eh_pointer.h - the encoded addresses of .eh_frame and .eh_frame_hdr.
 *
 * Source:    LSB 5.0 Core, 10.5.1 (DW_EH_PE_*).
 * Units:     addresses are vaddrs.
 * Errors:    the cursor is bad if the encoding is none that these sections can have.
 */
#ifndef SYMBOLIZE_CFI_EH_POINTER_H
#define SYMBOLIZE_CFI_EH_POINTER_H

#include <dwarf.h>

#include "symbolize/cfi/ehframe_section.h"
#include "symbolize/cursor.h"

/* Read a number in the format that the low half of a DW_EH_PE_* byte says. */
static inline uint64_t eh_encoded(struct cursor *c, uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_signed:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return cursor_u64(c);
	case DW_EH_PE_udata4:
		return cursor_u32(c);
	case DW_EH_PE_sdata4:
		return (uint64_t)(int64_t)(int32_t)cursor_u32(c);
	case DW_EH_PE_udata2:
		return cursor_u16(c);
	case DW_EH_PE_sdata2:
		return (uint64_t)(int64_t)(int16_t)cursor_u16(c);
	case DW_EH_PE_uleb128:
		return cursor_uleb(c);
	case DW_EH_PE_sleb128:
		return (uint64_t)cursor_sleb(c);
	}
	c->bad = true;
	return 0;
}

/*
 * Read an address: the high half of the byte says what to add to the number.  An indirect
 * pointer would be in the process's memory, and one that is relative to the function, or
 * aligned, belongs to other sections.
 */
static inline uint64_t eh_pointer(struct cursor *c, uint8_t encoding,
				  const struct ehframe_section *sec)
{
	uint64_t base = 0, at = sec->vaddr + (uint64_t)(c->at - sec->bytes);

	switch (encoding & 0xf0) {
	case DW_EH_PE_absptr:
		return eh_encoded(c, encoding);
	case DW_EH_PE_pcrel:
		return at + eh_encoded(c, encoding);
	case DW_EH_PE_textrel:
		base = sec->text_base;
		break;
	case DW_EH_PE_datarel:
		base = sec->data_base;
		break;
	}
	if (!base)
		c->bad = true;
	return base + eh_encoded(c, encoding);
}

#endif /* SYMBOLIZE_CFI_EH_POINTER_H */
