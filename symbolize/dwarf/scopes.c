// SPDX-License-Identifier: BSD-2-Clause
/* scopes.c - see dwarf/scopes.h. */
#include "symbolize/dwarf/scopes.h"

#include <errno.h>

#include "symbolize/limits.h"

struct scopes_level {
	const struct dwarf_site *site; /* the one around the DIEs of this level, or NULL */
	bool is_passed;		       /* no address lies in it: ranges are not looked at */
};

struct scopes_walk {
	const struct dwarf_context *ctx;
	struct arena *arena;
	struct dwarf_spot *spots;
	size_t cnt, left; /* all spots, and those without a function */
	struct cursor c;
	const uint8_t *start; /* where the unit begins */
	bool enters_all;
	size_t site_cnt;
	size_t depth;
	struct scopes_level levels[LIMIT_DEPTH];
	int err;
};

static uint32_t small_value(const struct dwarf_die *die, enum dwarf_slot slot)
{
	const struct dwarf_value *value = dwarf_die_value(die, slot);

	return value && value->number <= UINT32_MAX ? (uint32_t)value->number : 0;
}

static struct dwarf_site *new_site(struct scopes_walk *w, const struct dwarf_die *die, uint64_t off,
				   const struct dwarf_site *parent)
{
	const struct dwarf_value *origin = dwarf_die_value(die, DWARF_ORIGIN);
	struct dwarf_site *site;

	if (w->site_cnt == LIMIT_SITES || (parent && parent->depth == LIMIT_INLINES)) {
		w->c.bad = true;
		return NULL;
	}
	w->site_cnt++;
	site = arena_alloc(w->arena, sizeof(*site));
	if (!site) {
		w->err = -ENOMEM;
		return NULL;
	}
	*site = (struct dwarf_site){ .parent = parent, .dw = w->ctx->dw, .name_off = off };
	if (parent) {
		site->depth = parent->depth + 1;
		site->call_file = small_value(die, DWARF_CALL_FILE);
		site->call_line = small_value(die, DWARF_CALL_LINE);
		/* All calls of a function share its DIE, so its name is found once. */
		if (origin)
			dwarf_context_ref(w->ctx, origin, &site->dw, &site->name_off);
	}
	return site;
}

static void set_site(struct scopes_walk *w, struct dwarf_spot *spot, const struct dwarf_site *site)
{
	if (!spot->site)
		w->left--;
	spot->site = site;
}

static bool is_call(const struct dwarf_site *site)
{
	return site && site->parent;
}

/*
 * Look for spots in the ranges of DIE.  If it is a function or a call and holds some, it
 * becomes their site, and *SITE.  False if it holds none.
 */
static bool hold(struct scopes_walk *w, const struct dwarf_die *die, enum dwarf_kind kind,
		 uint64_t off, const struct dwarf_site **site)
{
	const struct dwarf_site *parent = kind == DWARF_FUNCTION ? NULL : *site, *own = NULL;
	struct dwarf_ranges ranges;
	bool found = false;

	dwarf_ranges_init(&ranges, w->ctx, die);
	while (!w->err && dwarf_ranges_next(&ranges)) {
		size_t i;

		if (ranges.end <= w->spots[0].vaddr || ranges.start > w->spots[w->cnt - 1].vaddr)
			continue;
		i = dwarf_spot_lower_bound(w->spots, w->cnt, ranges.start);
		for (; i < w->cnt && w->spots[i].vaddr < ranges.end; i++) {
			found = true;
			if (kind == DWARF_BLOCK || !dwarf_meter_take(w->ctx->meter, 1))
				break;
			if (!own)
				own = new_site(w, die, off, parent);
			if (!own)
				break;
			if (kind != DWARF_FUNCTION || !is_call(w->spots[i].site))
				set_site(w, &w->spots[i], own);
		}
	}
	if (own)
		*site = own;
	return found && !w->err;
}

/* Go on at the sibling at OFF in the unit, which must lie ahead. */
static void jump(struct scopes_walk *w, uint64_t off)
{
	if (off > (uint64_t)(w->c.end - w->start) || w->start + off < w->c.at)
		w->c.bad = true;
	else
		w->c.at = w->start + off;
}

/* Pass over the values of a DIE, and return the offset in the unit of its sibling, or 0. */
static uint64_t skip_values(struct scopes_walk *w, const struct dwarf_abbrev *a)
{
	struct dwarf_value value;
	uint64_t sibling = 0;

	if (a->fixed_size >= 0 && (!a->has_sibling || a->sibling_at >= 0)) {
		struct cursor at = w->c;

		if (a->has_sibling) {
			cursor_skip(&at, (uint64_t)a->sibling_at);
			sibling = cursor_u32(&at);
		}
		cursor_skip(&w->c, (uint64_t)a->fixed_size);
		return sibling;
	}
	for (size_t i = 0; i < a->cnt; i++) {
		const struct dwarf_attr *attr = &w->ctx->abbrevs->attrs[a->first + i];

		dwarf_form_read(&w->c, attr->form, attr->implicit, w->ctx->unit.encoding, &value);
		if (attr->slot == DWARF_SIBLING)
			sibling = value.number;
	}
	if (!dwarf_meter_take(w->ctx->meter, a->cnt))
		w->c.bad = true;
	return sibling;
}

static void enter(struct scopes_walk *w, const struct dwarf_site *site, bool is_passed)
{
	if (++w->depth == LIMIT_DEPTH) {
		w->c.bad = true;
		w->depth--;
		return;
	}
	w->levels[w->depth] = (struct scopes_level){ site, is_passed };
}

/*
 * DWARF 2 has no lists of ranges: code in several pieces has one range or none, and its
 * children lie outside of it.  A function or a call of this kind becomes the site around
 * them, in *SITE.  (gcc describes the second piece of a function once more, as a function
 * behind it: a call that was found there stays.)
 */
static bool hold_by_children(struct scopes_walk *w, const struct dwarf_die *die,
			     enum dwarf_kind kind, uint64_t off, const struct dwarf_site **site)
{
	if (w->ctx->unit.encoding.version > 2)
		return false;
	if (kind == DWARF_FUNCTION)
		*site = NULL;
	else if (!*site)
		return false;
	if (kind == DWARF_BLOCK)
		return true;
	*site = new_site(w, die, off, *site);
	return *site;
}

static void walk_code(struct scopes_walk *w, const struct dwarf_abbrev *a, uint64_t off)
{
	const struct scopes_level *level = &w->levels[w->depth];
	const struct dwarf_site *site = level->site;
	const struct dwarf_value *sibling;
	struct dwarf_die die;
	bool is_held;

	dwarf_die_read(w->ctx, a, &w->c, &die);
	is_held = hold(w, &die, a->kind, off, &site);
	if (!is_held && a->has_children && !w->err)
		is_held = hold_by_children(w, &die, a->kind, off, &site);
	if (!a->has_children || w->err)
		return;
	sibling = dwarf_die_value(&die, DWARF_SIBLING);
	if (!is_held && sibling && !w->enters_all)
		jump(w, sibling->number);
	else
		enter(w, site, !is_held && !w->enters_all);
}

static void walk_other(struct scopes_walk *w, const struct dwarf_abbrev *a)
{
	const struct scopes_level *level = &w->levels[w->depth];
	uint64_t sibling = skip_values(w, a);

	if (!a->has_children)
		return;
	if (sibling && a->kind != DWARF_NAMES && !w->enters_all)
		jump(w, sibling);
	else
		enter(w, level->site, level->is_passed);
}

static void walk(struct scopes_walk *w)
{
	w->depth = 0;
	w->levels[0] = (struct scopes_level){ 0 };
	while (!w->c.bad && !w->err && cursor_left(&w->c) && dwarf_meter_take(w->ctx->meter, 1)) {
		uint64_t off = w->ctx->unit.off + (uint64_t)(w->c.at - w->start), code;
		const struct scopes_level *level = &w->levels[w->depth];
		const struct dwarf_abbrev *a;

		/* An address lies in one function: with the last one found, all is found. */
		if (!w->left && !level->site)
			return;
		code = cursor_uleb(&w->c);
		if (!code) {
			if (!w->depth--)
				return;
			continue;
		}
		a = dwarf_abbrevs_find(w->ctx->abbrevs, code);
		if (!a)
			return;
		if (a->kind == DWARF_FUNCTION || (a->kind > DWARF_FUNCTION && !level->is_passed))
			walk_code(w, a, off);
		else
			walk_other(w, a);
	}
}

int dwarf_scopes_find(const struct dwarf_context *ctx, struct arena *arena,
		      struct dwarf_spot *spots, size_t cnt)
{
	struct scopes_walk w = {
		.ctx = ctx, .arena = arena, .spots = spots, .cnt = cnt, .left = cnt
	};

	for (int pass = 0; pass < 2 && w.left && !w.err && ctx->children_off; pass++) {
		w.enters_all = pass;
		if (dwarf_context_cursor(ctx, ctx->children_off, &w.c))
			break;
		w.start = w.c.end - (ctx->unit.end - ctx->unit.off);
		walk(&w);
	}
	return w.err;
}
