// SPDX-License-Identifier: BSD-2-Clause
/* names.c - see dwarf/names.h. */
#include "symbolize/dwarf/names.h"

#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "symbolize/demangle.h"
#include "symbolize/limits.h"

void dwarf_names_fini(struct dwarf_names *names)
{
	dwarf_reader_fini(&names->reader);
	word_map_fini(&names->by_die);
	word_map_fini(&names->by_name);
}

void dwarf_names_begin_unit(struct dwarf_names *names)
{
	word_map_clear(&names->by_die);
}

void dwarf_names_forget(struct dwarf_names *names)
{
	word_map_clear(&names->by_die);
	word_map_clear(&names->by_name);
	names->other.dw = NULL;
}

static bool holds(const struct dwarf_context *ctx, const struct dwarf *dw, uint64_t off)
{
	return ctx->dw == dw && off >= ctx->unit.die_off && off < ctx->unit.end;
}

/* Set *CTX to the unit with the DIE at OFF. */
static int enter_unit(struct dwarf_names *names, struct dwarf *dw, uint64_t off,
		      const struct dwarf_context **ctx)
{
	struct dwarf_unit unit;
	int err;

	if (holds(*ctx, dw, off))
		return 0;
	*ctx = &names->other;
	if (holds(*ctx, dw, off))
		return 0;
	/* Units in a package do not refer to others, and only its index knows their parts. */
	if (dw->sections[DWARF_CU_INDEX].size)
		return -ENODATA;
	err = dwarf_file_unit_at(dw, off, &unit);
	if (!err)
		err = dwarf_context_open(&names->reader, dw, &unit, NULL, &names->other);
	if (err)
		names->other.dw = NULL;
	return err;
}

static const char *string_of(const struct dwarf_context *ctx, const struct dwarf_die *die,
			     enum dwarf_slot slot)
{
	const struct dwarf_value *value = dwarf_die_value(die, slot);
	const char *text = value ? dwarf_context_string(ctx, value) : NULL;

	/* Names without an end, shared by all DIEs, would be copied for each. */
	return text && *text && strnlen(text, LIMIT_NAME) < LIMIT_NAME ? text : NULL;
}

/*
 * Take a step: read what names the DIE at *OFF has, and set *DW and *OFF to where it refers;
 * -ENODATA if nowhere.
 */
static int step(struct dwarf_names *names, const struct dwarf_context *ctx, struct dwarf **dw,
		uint64_t *off, const char **linkage, const char **name)
{
	const struct dwarf_abbrev *a;
	const struct dwarf_value *origin;
	struct dwarf_die die;
	struct cursor c;
	int err = enter_unit(names, *dw, *off, &ctx);

	if (!err)
		err = dwarf_context_cursor(ctx, *off, &c);
	if (err)
		return err;
	a = dwarf_abbrevs_find(ctx->abbrevs, cursor_uleb(&c));
	if (!a)
		return -ENODATA;
	dwarf_die_read(ctx, a, &c, &die);
	*linkage = string_of(ctx, &die, DWARF_LINKAGE_NAME);
	if (!*name)
		*name = string_of(ctx, &die, DWARF_NAME);
	origin = dwarf_die_value(&die, DWARF_ORIGIN);
	if (!origin)
		origin = dwarf_die_value(&die, DWARF_SPECIFICATION);
	return origin && dwarf_context_ref(ctx, origin, dw, off) ? 0 : -ENODATA;
}

static int find_raw(struct dwarf_names *names, const struct dwarf_context *ctx, struct dwarf *dw,
		    uint64_t off, const char **out, bool *is_linkage)
{
	const char *linkage = NULL, *name = NULL;
	int err = 0;

	for (int i = 0; i < LIMIT_REFERENCES && !err && !linkage; i++)
		err = step(names, ctx, &dw, &off, &linkage, &name);
	*is_linkage = linkage;
	*out = linkage ? linkage : name;
	return err == -ENOMEM ? err : 0;
}

/* Is the unit in a language in which a function has but one name? */
static bool is_plain(const struct dwarf_context *ctx)
{
	const struct dwarf_value *value = dwarf_die_value(&ctx->die, DWARF_LANGUAGE);

	switch (value ? value->number : 0) {
	case DW_LANG_C89:
	case DW_LANG_C:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case DW_LANG_UPC:
	case DW_LANG_Ada83:
	case DW_LANG_Cobol74:
	case DW_LANG_Cobol85:
	case DW_LANG_Fortran77:
	case DW_LANG_Pascal83:
	case DW_LANG_PLI:
	case DW_LANG_Mips_Assembler:
		return true;
	default:
		return false;
	}
}

static int demangle_once(struct dwarf_names *names, const char *raw, const char **out)
{
	struct word_entry *entry;

	/* Equal names are one string in .debug_str as a rule: its address is the key. */
	if (word_map_get(&names->by_name, (uintptr_t)raw, &entry))
		return -ENOMEM;
	if (!entry->value)
		entry->value = demangle_for(names->opts, names->arena, raw);
	*out = entry->value;
	return *out ? 0 : -ENOMEM;
}

int dwarf_names_find(struct dwarf_names *names, const struct dwarf_context *ctx, struct dwarf *dw,
		     uint64_t off, const char **out)
{
	/* OFF is above 0, as a header is before each DIE; bit 0 tells the files apart. */
	uint64_t key = off << 1 | (dw != ctx->dw);
	struct word_entry *entry;
	bool is_linkage;
	const char *raw;
	int err;

	*out = NULL;
	if (word_map_get(&names->by_die, key, &entry))
		return -ENOMEM;
	if (!entry->value) {
		err = find_raw(names, ctx, dw, off, &raw, &is_linkage);
		if (err || !raw)
			return err;
		err = demangle_once(names, raw, out);
		if (err)
			return err;
		entry->value = *out;
	}
	*out = entry->value;
	return 0;
}

int dwarf_names_linkage(struct dwarf_names *names, const struct dwarf_context *ctx,
			struct dwarf *dw, uint64_t off, const char **out)
{
	bool is_linkage;
	const char *raw;
	int err = find_raw(names, ctx, dw, off, &raw, &is_linkage);

	*out = NULL;
	if (err || !raw || !(is_linkage || is_plain(ctx)))
		return err;
	return demangle_once(names, raw, out);
}
