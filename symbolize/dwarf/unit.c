// SPDX-License-Identifier: BSD-2-Clause
/* unit.c - see dwarf/unit.h. */
#include "symbolize/dwarf/unit.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "symbolize/limits.h"

#define UNIT_STEPS 64 /* to open a unit, beside what it has */
#define TEXT_STEP  32 /* bytes that take as long as a step */

void dwarf_reader_fini(struct dwarf_reader *r)
{
	for (size_t i = 0; i < DWARF_TABLES; i++)
		dwarf_abbrevs_free(r->tables[i].table);
	dwarf_meter_fini(&r->meter);
	*r = (struct dwarf_reader){ 0 };
}

static bool same_encoding(struct dwarf_encoding a, struct dwarf_encoding b)
{
	return a.version == b.version && a.addr_size == b.addr_size && a.off_size == b.off_size;
}

static void drop_table(struct dwarf_reader *r, size_t slot)
{
	if (r->tables[slot].table)
		r->size -= dwarf_abbrevs_size(r->tables[slot].table);
	dwarf_abbrevs_free(r->tables[slot].table);
	r->tables[slot].table = NULL;
}

/* Keep TABLE in place of the oldest one, and of as many more as have to make room for it. */
static void keep_table(struct dwarf_reader *r, struct dwarf_abbrevs *table, uint64_t dw_id)
{
	size_t slot = r->next_table++ % DWARF_TABLES;

	r->size += dwarf_abbrevs_size(table);
	drop_table(r, slot);
	for (size_t i = 1; i < DWARF_TABLES && r->size > LIMIT_TABLES; i++)
		drop_table(r, (slot + i) % DWARF_TABLES);
	r->tables[slot].table = table;
	r->tables[slot].dw_id = dw_id;
}

static int get_abbrevs(struct dwarf_reader *r, struct dwarf *dw, const struct dwarf_unit *unit,
		       const struct dwarf_abbrevs **out)
{
	struct dwarf_section *section = &dw->sections[DWARF_ABBREV];
	struct dwarf_abbrevs *table;
	const uint8_t *bytes;
	struct cursor c;
	int err;

	for (size_t i = 0; i < DWARF_TABLES; i++) {
		table = r->tables[i].table;
		if (table && r->tables[i].dw_id == dw->id && table->off == unit->abbrev_off &&
		    same_encoding(table->encoding, unit->encoding)) {
			*out = table;
			return 0;
		}
	}
	bytes = dwarf_section_need(section, 0, section->size);
	if (!bytes || unit->abbrev_off >= section->size)
		return -ENODATA;
	c = (struct cursor){ bytes + unit->abbrev_off, bytes + section->size, false };
	err = dwarf_abbrevs_load(&c, unit->abbrev_off, unit->encoding, &table);
	if (err)
		return err;
	keep_table(r, table, dw->id);
	*out = table;
	return dwarf_meter_take(&r->meter, table->cnt + table->attr_cnt) ? 0 : -ENODATA;
}

int dwarf_context_cursor(const struct dwarf_context *ctx, uint64_t off, struct cursor *out)
{
	const struct dwarf_unit *unit = &ctx->unit;
	const uint8_t *start;

	if (off < unit->die_off || off >= unit->end)
		return -ENODATA;
	start = dwarf_section_need(&ctx->dw->sections[DWARF_INFO], unit->off,
				   unit->end - unit->off);
	if (!start)
		return -ENODATA;
	*out = (struct cursor){ start + (off - unit->off), start + (unit->end - unit->off), false };
	return 0;
}

void dwarf_die_read(const struct dwarf_context *ctx, const struct dwarf_abbrev *a, struct cursor *c,
		    struct dwarf_die *out)
{
	const uint8_t *start = c->at;
	struct dwarf_value value;

	out->has = 0;
	for (size_t i = 0; i < a->cnt; i++) {
		const struct dwarf_attr *attr = &ctx->abbrevs->attrs[a->first + i];
		bool is_asked = attr->slot != DWARF_SLOT_CNT;

		dwarf_form_read(c, attr->form, attr->implicit, ctx->unit.encoding,
				is_asked ? &out->values[attr->slot] : &value);
		if (is_asked)
			out->has |= 1u << attr->slot;
	}
	/* The text of a value is looked through for its end. */
	if (!dwarf_meter_take(ctx->meter, a->cnt + (size_t)(c->at - start) / TEXT_STEP))
		c->bad = true;
	if (c->bad)
		out->has = 0;
}

static void set_base(const struct dwarf_die *die, enum dwarf_slot slot, uint64_t *base)
{
	const struct dwarf_value *value = dwarf_die_value(die, slot);

	if (value)
		*base = value->number;
}

/* Where the first entry of a table is: since DWARF 5 a header is before it. */
static uint64_t first_entry(const struct dwarf_unit *unit, uint64_t header_size)
{
	return unit->encoding.version < 5 ? 0
					  : header_size + (unit->encoding.off_size == 8 ? 8 : 0);
}

static void set_bases(struct dwarf_context *ctx, const struct dwarf_context *skeleton)
{
	const struct dwarf_value *low;

	ctx->str_offsets_base = ctx->unit.str_offsets_part + first_entry(&ctx->unit, 8);
	ctx->rnglists_base = ctx->unit.rnglists_part + first_entry(&ctx->unit, 12);
	ctx->addr_base = skeleton ? skeleton->addr_base : first_entry(&ctx->unit, 8);
	/* In version 4 only the ranges of the split half count from it, not the skeleton's. */
	ctx->ranges_base = 0;
	if (skeleton)
		set_base(&skeleton->die, DWARF_RANGES_BASE, &ctx->ranges_base);
	set_base(&ctx->die, DWARF_ADDR_BASE, &ctx->addr_base);
	set_base(&ctx->die, DWARF_STR_OFFSETS_BASE, &ctx->str_offsets_base);
	set_base(&ctx->die, DWARF_RNGLISTS_BASE, &ctx->rnglists_base);
	ctx->base_vaddr = skeleton ? skeleton->base_vaddr : 0;
	low = dwarf_die_value(&ctx->die, DWARF_LOW_PC);
	if (low)
		dwarf_context_vaddr(ctx, low, &ctx->base_vaddr);
}

int dwarf_context_open(struct dwarf_reader *r, struct dwarf *dw, const struct dwarf_unit *unit,
		       const struct dwarf_context *skeleton, struct dwarf_context *out)
{
	const struct dwarf_abbrev *a;
	struct cursor c;
	int err;

	r->meter.budget = dw->sections[DWARF_INFO].budget;
	out->meter = &r->meter;
	if (!dwarf_meter_take(out->meter, UNIT_STEPS))
		return -ENODATA;
	out->dw = dw;
	out->main = skeleton ? skeleton->main : dw;
	out->unit = *unit;
	err = get_abbrevs(r, dw, unit, &out->abbrevs);
	if (!err)
		err = dwarf_context_cursor(out, unit->die_off, &c);
	if (err)
		return err;
	a = dwarf_abbrevs_find(out->abbrevs, cursor_uleb(&c));
	if (!a)
		return -ENODATA;
	dwarf_die_read(out, a, &c, &out->die);
	if (c.bad)
		return -ENODATA;
	out->children_off = a->has_children ? unit->end - cursor_left(&c) : 0;
	set_bases(out, skeleton);
	return 0;
}

/* Read entry INDEX, of SIZE bytes, of the table at BASE. */
static bool read_entry(struct dwarf_section *s, uint64_t base, uint64_t index, unsigned int size,
		       uint64_t *out)
{
	struct cursor c;
	uint64_t off;

	if (__builtin_mul_overflow(index, size, &off) || __builtin_add_overflow(off, base, &off))
		return false;
	c = (struct cursor){ .at = dwarf_section_need(s, off, size) };
	if (!c.at)
		return false;
	c.end = c.at + size;
	*out = cursor_sized(&c, size);
	return true;
}

const char *dwarf_context_string(const struct dwarf_context *ctx, const struct dwarf_value *value)
{
	struct dwarf_section *sections = ctx->dw->sections;
	uint64_t off;

	switch (value->form) {
	case DW_FORM_string:
		return value->text;
	case DW_FORM_strp:
		return dwarf_section_string(&sections[DWARF_STR], value->number);
	case DW_FORM_line_strp:
		return dwarf_section_string(&sections[DWARF_LINE_STR], value->number);
	case DW_FORM_GNU_strp_alt:
	case DW_FORM_strp_sup:
		return ctx->dw->alt.dw ? dwarf_section_string(&ctx->dw->alt.dw->sections[DWARF_STR],
							      value->number)
				       : NULL;
	case DW_FORM_strx:
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
	case DW_FORM_GNU_str_index:
		if (!read_entry(&sections[DWARF_STR_OFFSETS], ctx->str_offsets_base, value->number,
				ctx->unit.encoding.off_size, &off))
			return NULL;
		return dwarf_section_string(&sections[DWARF_STR], off);
	default:
		return NULL;
	}
}

bool dwarf_context_vaddr(const struct dwarf_context *ctx, const struct dwarf_value *value,
			 uint64_t *vaddr)
{
	if (value->form == DW_FORM_addr) {
		*vaddr = value->number;
		return true;
	}
	return dwarf_form_is_addr(value->form) &&
	       read_entry(&ctx->main->sections[DWARF_ADDR], ctx->addr_base, value->number,
			  ctx->unit.encoding.addr_size, vaddr);
}

bool dwarf_context_ref(const struct dwarf_context *ctx, const struct dwarf_value *value,
		       struct dwarf **dw, uint64_t *off)
{
	struct dwarf *to = ctx->dw;
	uint64_t from = 0, at;

	switch (value->form) {
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
	case DW_FORM_ref_udata:
		from = ctx->unit.off;
		break;
	case DW_FORM_ref_addr:
		from = ctx->unit.info_part;
		break;
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_ref_sup4:
	case DW_FORM_ref_sup8:
		to = ctx->dw->alt.dw;
		break;
	default:
		return false;
	}
	if (!to || __builtin_add_overflow(value->number, from, &at))
		return false;
	*dw = to;
	*off = at;
	return true;
}
