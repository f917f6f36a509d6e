// SPDX-License-Identifier: BSD-2-Clause
/* ranges.c - reads the addresses of a DIE; see dwarf/unit.h. */
#include "symbolize/dwarf/unit.h"

#include <dwarf.h>

/* A cursor from OFF to the end of S, which is bad if there is nothing. */
static struct cursor cursor_in(struct dwarf_section *s, uint64_t off)
{
	const uint8_t *bytes = off < s->size ? dwarf_section_need(s, 0, s->size) : NULL;

	return bytes ? (struct cursor){ bytes + off, bytes + s->size, false }
		     : (struct cursor){ .bad = true };
}

/* Find the offset of list INDEX in .debug_rnglists: DWARF 5, 7.28. */
static bool find_list(const struct dwarf_context *ctx, uint64_t index, uint64_t *off)
{
	unsigned int size = ctx->unit.encoding.off_size;
	struct cursor c;
	uint64_t at;

	if (__builtin_mul_overflow(index, size, &at) ||
	    __builtin_add_overflow(at, ctx->rnglists_base, &at))
		return false;
	c = cursor_in(&ctx->dw->sections[DWARF_RNGLISTS], at);
	*off = cursor_sized(&c, size);
	return !c.bad && !__builtin_add_overflow(*off, ctx->rnglists_base, off);
}

static void init_list(struct dwarf_ranges *r, const struct dwarf_value *value)
{
	const struct dwarf_context *ctx = r->ctx;
	uint64_t off = value->number;

	r->is_v5 = ctx->unit.encoding.version >= 5;
	r->base = ctx->base_vaddr;
	if (!r->is_v5) {
		struct dwarf *dw = ctx->main;

		if (!__builtin_add_overflow(off, ctx->ranges_base, &off))
			r->list = cursor_in(&dw->sections[DWARF_RANGES], off);
		return;
	}
	if (value->form == DW_FORM_rnglistx
		    ? !find_list(ctx, value->number, &off)
		    : __builtin_add_overflow(off, ctx->unit.rnglists_part, &off))
		return;
	r->list = cursor_in(&ctx->dw->sections[DWARF_RNGLISTS], off);
}

static void init_single(struct dwarf_ranges *r, const struct dwarf_die *die)
{
	const struct dwarf_value *low = dwarf_die_value(die, DWARF_LOW_PC);
	const struct dwarf_value *high = dwarf_die_value(die, DWARF_HIGH_PC);

	if (!low || !high || !dwarf_context_vaddr(r->ctx, low, &r->start))
		return;
	/* The end is an address, or a constant that counts from the start: DWARF 5, 2.17.2. */
	if (dwarf_form_is_addr(high->form))
		r->is_single = dwarf_context_vaddr(r->ctx, high, &r->end);
	else
		r->is_single = !__builtin_add_overflow(r->start, high->number, &r->end);
	r->is_single &= r->start < r->end;
}

void dwarf_ranges_init(struct dwarf_ranges *r, const struct dwarf_context *ctx,
		       const struct dwarf_die *die)
{
	const struct dwarf_value *ranges = dwarf_die_value(die, DWARF_AT_RANGES);

	*r = (struct dwarf_ranges){ .ctx = ctx, .list = { .bad = true } };
	if (ranges)
		init_list(r, ranges);
	else
		init_single(r, die);
}

static bool indexed(const struct dwarf_ranges *r, uint64_t index, uint64_t *vaddr)
{
	const struct dwarf_value value = { .form = DW_FORM_addrx, .number = index };

	return dwarf_context_vaddr(r->ctx, &value, vaddr);
}

/* Read on to the next range: DWARF 4, 2.17.3. */
static bool next_v4(struct dwarf_ranges *r)
{
	unsigned int size = r->ctx->unit.encoding.addr_size;
	uint64_t select = size == 8 ? UINT64_MAX : UINT32_MAX;

	while (!r->list.bad && dwarf_meter_take(r->ctx->meter, 1)) {
		uint64_t start = cursor_sized(&r->list, size);
		uint64_t end = cursor_sized(&r->list, size);

		if (!start && !end)
			break;
		if (start == select) {
			r->base = end;
			continue;
		}
		r->start = r->base + start;
		r->end = r->base + end;
		if (r->start < r->end && !r->list.bad)
			return true;
	}
	return false;
}

/*
 * Read an entry: DWARF 5, 2.17.3.  False if it is no range; the one that ends the list makes
 * the cursor bad.
 */
static bool read_v5(struct dwarf_ranges *r)
{
	unsigned int size = r->ctx->unit.encoding.addr_size;
	struct cursor *c = &r->list;
	bool found = true;

	switch (cursor_u8(c)) {
	case DW_RLE_base_addressx:
		if (!indexed(r, cursor_uleb(c), &r->base))
			c->bad = true;
		return false;
	case DW_RLE_base_address:
		r->base = cursor_sized(c, size);
		return false;
	case DW_RLE_startx_endx:
		found = indexed(r, cursor_uleb(c), &r->start);
		return indexed(r, cursor_uleb(c), &r->end) && found;
	case DW_RLE_startx_length:
		found = indexed(r, cursor_uleb(c), &r->start);
		r->end = r->start + cursor_uleb(c);
		return found;
	case DW_RLE_offset_pair:
		r->start = r->base + cursor_uleb(c);
		r->end = r->base + cursor_uleb(c);
		return true;
	case DW_RLE_start_end:
		r->start = cursor_sized(c, size);
		r->end = cursor_sized(c, size);
		return true;
	case DW_RLE_start_length:
		r->start = cursor_sized(c, size);
		r->end = r->start + cursor_uleb(c);
		return true;
	default: /* it is DW_RLE_end_of_list, or unknown */
		c->bad = true;
		return false;
	}
}

bool dwarf_ranges_next(struct dwarf_ranges *r)
{
	if (r->is_single) {
		r->is_single = false;
		return true;
	}
	if (r->list.bad)
		return false;
	if (!r->is_v5)
		return next_v4(r);
	while (!r->list.bad && dwarf_meter_take(r->ctx->meter, 1)) {
		if (read_v5(r) && r->start < r->end && !r->list.bad)
			return true;
	}
	return false;
}
