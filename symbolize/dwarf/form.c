// SPDX-License-Identifier: BSD-2-Clause
/* form.c - see dwarf/form.h. */
#include "symbolize/dwarf/form.h"

#include <dwarf.h>

int dwarf_form_size(uint16_t form, struct dwarf_encoding e)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_ref1:
	case DW_FORM_flag:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
	case DW_FORM_ref_sup4:
		return 4;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_addr:
		return e.addr_size;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_sec_offset:
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return e.off_size;
	case DW_FORM_ref_addr:
		return e.version <= 2 ? e.addr_size : e.off_size;
	default:
		return -1;
	}
}

static void read_varying(struct cursor *c, uint16_t form, struct dwarf_value *out)
{
	switch (form) {
	case DW_FORM_string:
		out->text = cursor_string(c);
		return;
	case DW_FORM_sdata:
		out->number = (uint64_t)cursor_sleb(c);
		return;
	case DW_FORM_udata:
	case DW_FORM_ref_udata:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
	case DW_FORM_GNU_str_index:
	case DW_FORM_GNU_addr_index:
		out->number = cursor_uleb(c);
		return;
	case DW_FORM_block1:
		cursor_skip(c, cursor_u8(c));
		return;
	case DW_FORM_block2:
		cursor_skip(c, cursor_u16(c));
		return;
	case DW_FORM_block4:
		cursor_skip(c, cursor_u32(c));
		return;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		cursor_skip(c, cursor_uleb(c));
		return;
	default:
		c->bad = true;
		c->at = c->end;
	}
}

void dwarf_form_read(struct cursor *c, uint16_t form, int64_t implicit,
		     struct dwarf_encoding encoding, struct dwarf_value *out)
{
	int size;

	if (form == DW_FORM_indirect) {
		uint64_t real = cursor_uleb(c);

		/* An indirect form of an indirect form would go on for ever. */
		form = real > UINT16_MAX || real == DW_FORM_implicit_const ? DW_FORM_indirect
									   : real;
	}
	*out = (struct dwarf_value){ .form = form };
	size = dwarf_form_size(form, encoding);
	if (form == DW_FORM_implicit_const)
		out->number = (uint64_t)implicit;
	else if (form == DW_FORM_flag_present)
		out->number = 1;
	else if (size > 8)
		cursor_skip(c, (uint64_t)size);
	else if (size > 0)
		out->number = cursor_sized(c, (unsigned int)size);
	else
		read_varying(c, form, out);
}

bool dwarf_form_is_addr(uint16_t form)
{
	switch (form) {
	case DW_FORM_addr:
	case DW_FORM_addrx:
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
	case DW_FORM_GNU_addr_index:
		return true;
	default:
		return false;
	}
}
