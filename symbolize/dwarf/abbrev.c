// SPDX-License-Identifier: BSD-2-Clause
/* abbrev.c - see dwarf/abbrev.h. */
#include "symbolize/dwarf/abbrev.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "symbolize/limits.h"

/* Make memory for one more entry of SIZE bytes in *ENTRIES. */
static int grow(void **entries, size_t *cap, size_t cnt, size_t size)
{
	void *bigger;

	if (cnt < *cap)
		return 0;
	bigger = reallocarray(*entries, *cap ? *cap : 32, 2 * size);
	if (!bigger)
		return -ENOMEM;
	*entries = bigger;
	*cap = *cap ? 2 * *cap : 64;
	return 0;
}

static enum dwarf_kind kind_of(uint16_t tag, bool has_code)
{
	switch (tag) {
	case DW_TAG_namespace:
	case DW_TAG_module:
		return DWARF_NAMES;
	case DW_TAG_subprogram:
		return has_code ? DWARF_FUNCTION : DWARF_OTHER;
	case DW_TAG_inlined_subroutine:
		return has_code ? DWARF_INLINED : DWARF_OTHER;
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_with_stmt:
		return has_code ? DWARF_BLOCK : DWARF_OTHER;
	default:
		return DWARF_OTHER;
	}
}

static enum dwarf_slot slot_of(uint64_t name)
{
	switch (name) {
	case DW_AT_low_pc:
		return DWARF_LOW_PC;
	case DW_AT_high_pc:
		return DWARF_HIGH_PC;
	case DW_AT_ranges:
		return DWARF_AT_RANGES;
	case DW_AT_sibling:
		return DWARF_SIBLING;
	case DW_AT_name:
		return DWARF_NAME;
	case DW_AT_linkage_name:
	case DW_AT_MIPS_linkage_name:
		return DWARF_LINKAGE_NAME;
	case DW_AT_abstract_origin:
		return DWARF_ORIGIN;
	case DW_AT_specification:
		return DWARF_SPECIFICATION;
	case DW_AT_call_file:
		return DWARF_CALL_FILE;
	case DW_AT_call_line:
		return DWARF_CALL_LINE;
	case DW_AT_stmt_list:
		return DWARF_STMT_LIST;
	case DW_AT_comp_dir:
		return DWARF_COMP_DIR;
	case DW_AT_language:
		return DWARF_LANGUAGE;
	case DW_AT_dwo_name:
	case DW_AT_GNU_dwo_name:
		return DWARF_DWO_NAME;
	case DW_AT_GNU_dwo_id:
		return DWARF_DWO_ID;
	case DW_AT_addr_base:
	case DW_AT_GNU_addr_base:
		return DWARF_ADDR_BASE;
	case DW_AT_str_offsets_base:
		return DWARF_STR_OFFSETS_BASE;
	case DW_AT_rnglists_base:
		return DWARF_RNGLISTS_BASE;
	case DW_AT_GNU_ranges_base:
		return DWARF_RANGES_BASE;
	default:
		return DWARF_SLOT_CNT;
	}
}

static int load_attr(struct dwarf_abbrevs *t, struct cursor *c, bool *is_last)
{
	uint64_t name = cursor_uleb(c), form = cursor_uleb(c);
	int64_t implicit = form == DW_FORM_implicit_const ? cursor_sleb(c) : 0;
	int err;

	*is_last = !name && !form;
	if (*is_last)
		return 0;
	if (c->bad || form > UINT16_MAX || t->attr_cnt == LIMIT_ALL_ATTRS)
		return -ENODATA;
	err = grow((void **)&t->attrs, &t->attr_cap, t->attr_cnt, sizeof(*t->attrs));
	if (!err)
		t->attrs[t->attr_cnt++] = (struct dwarf_attr){ form, slot_of(name), implicit };
	return err;
}

/* Set what follows from the attributes of A. */
static void prepare(const struct dwarf_abbrevs *t, struct dwarf_abbrev *a)
{
	bool has_code = false;
	int32_t size = 0;

	a->sibling_at = -1;
	for (size_t i = 0; i < a->cnt; i++) {
		const struct dwarf_attr *attr = &t->attrs[a->first + i];
		int form_size = dwarf_form_size(attr->form, t->encoding);

		has_code |= attr->slot == DWARF_LOW_PC || attr->slot == DWARF_AT_RANGES;
		if (attr->slot == DWARF_SIBLING) {
			a->has_sibling = true;
			if (attr->form == DW_FORM_ref4 && size >= 0)
				a->sibling_at = size;
		}
		size = size < 0 || form_size < 0 ? -1 : size + form_size;
	}
	a->fixed_size = size;
	a->kind = kind_of(a->tag, has_code);
}

static int load_entry(struct dwarf_abbrevs *t, struct cursor *c, uint64_t code)
{
	struct dwarf_abbrev a = { .code = code, .first = t->attr_cnt };
	uint64_t tag = cursor_uleb(c);
	bool is_last = false;
	int err;

	a.tag = tag > UINT16_MAX ? 0 : tag;
	a.has_children = cursor_u8(c);
	for (;;) {
		err = load_attr(t, c, &is_last);
		if (err || is_last)
			break;
		if (++a.cnt > LIMIT_ATTRS)
			return -ENODATA;
	}
	if (!err)
		err = grow((void **)&t->entries, &t->cap, t->cnt, sizeof(*t->entries));
	if (err)
		return err;
	prepare(t, &a);
	t->is_dense &= code == t->cnt + 1;
	t->entries[t->cnt++] = a;
	return 0;
}

static int compare_entries(const void *pa, const void *pb)
{
	const struct dwarf_abbrev *a = pa, *b = pb;

	return (a->code > b->code) - (a->code < b->code);
}

int dwarf_abbrevs_load(struct cursor *c, uint64_t off, struct dwarf_encoding encoding,
		       struct dwarf_abbrevs **out)
{
	struct dwarf_abbrevs *t = calloc(1, sizeof(*t));
	uint64_t code;
	int err = 0;

	*out = NULL;
	if (!t)
		return -ENOMEM;
	t->off = off;
	t->encoding = encoding;
	t->is_dense = true;
	while (!err && (code = cursor_uleb(c))) {
		err = t->cnt < LIMIT_ABBREVS ? load_entry(t, c, code) : -ENODATA;
	}
	if (err || c->bad) {
		dwarf_abbrevs_free(t);
		return err ? err : -ENODATA;
	}
	if (!t->is_dense)
		qsort(t->entries, t->cnt, sizeof(*t->entries), compare_entries);
	*out = t;
	return 0;
}

void dwarf_abbrevs_free(struct dwarf_abbrevs *t)
{
	if (!t)
		return;
	free(t->entries);
	free(t->attrs);
	free(t);
}

size_t dwarf_abbrevs_size(const struct dwarf_abbrevs *t)
{
	return sizeof(*t) + t->cap * sizeof(*t->entries) + t->attr_cap * sizeof(*t->attrs);
}

const struct dwarf_abbrev *dwarf_abbrevs_find(const struct dwarf_abbrevs *t, uint64_t code)
{
	struct dwarf_abbrev key = { .code = code };

	if (code && code <= t->cnt && t->is_dense)
		return &t->entries[code - 1];
	if (t->is_dense || !t->cnt)
		return NULL;
	return bsearch(&key, t->entries, t->cnt, sizeof(key), compare_entries);
}
