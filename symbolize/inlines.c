// SPDX-License-Identifier: BSD-2-Clause
/* inlines.c - see inlines.h. */
#include "symbolize/inlines.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <libelf.h>

#include "symbolize/demangle.h"

#define MAX_DEPTH 256	    /* nested scopes; gcc and clang stay below 100 */
#define MAX_DIES  100000000 /* per file: damaged DWARF may send the walk in circles */

/* One call that was inlined; its caller, if inlined too, is the parent. */
struct site {
	const struct site *parent;
	const char *name;
	unsigned int depth; /* 1: directly in the function */
};

struct walk {
	const struct symbolizer_opts *opts;
	struct arena *arena;
	struct sym_answer **answers;
	const struct site **sites; /* innermost site of each answer, or NULL */
	/*
	 * A stack of sets of answers, each an ascending run of indices.  A DIE's set
	 * is pushed, its children filter it further, and it is popped.
	 */
	uint32_t *indices;
	size_t index_cnt, index_cap;
	uint64_t dies_left;
	int err;
};

struct set {
	size_t first, cnt; /* in walk->indices */
};

static bool push_index(struct walk *w, uint32_t index)
{
	size_t cap = w->index_cap ? 2 * w->index_cap : 1024;
	uint32_t *bigger;

	if (w->index_cnt == w->index_cap) {
		bigger = reallocarray(w->indices, cap, sizeof(*bigger));
		if (!bigger) {
			w->err = -ENOMEM;
			return false;
		}
		w->indices = bigger;
		w->index_cap = cap;
	}
	w->indices[w->index_cnt++] = index;
	return true;
}

static int compare_indices(const void *pa, const void *pb)
{
	const uint32_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* The first of SET at or above VADDR, as an index into walk->indices. */
static size_t set_lower_bound(const struct walk *w, struct set set, uint64_t vaddr)
{
	size_t lo = set.first, hi = set.first + set.cnt;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (w->answers[w->indices[mid]]->vaddr < vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Push the part of SET that lies in DIE's ranges. */
static struct set push_held(struct walk *w, Dwarf_Die *die, struct set set)
{
	struct set held = { w->index_cnt, 0 };
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;
	int range_cnt = 0;

	while (!w->err && (at = dwarf_ranges(die, at, &base, &start, &end)) > 0) {
		size_t i = set_lower_bound(w, set, start), last = set.first + set.cnt;

		range_cnt++;
		for (; i < last && w->answers[w->indices[i]]->vaddr < end; i++) {
			if (!push_index(w, w->indices[i]))
				break;
		}
	}
	held.cnt = w->index_cnt - held.first;
	if (range_cnt > 1 && held.cnt > 1) {
		uint32_t *indices = w->indices + held.first;
		size_t kept = 1;

		/* Ranges may come in any order; damaged ones may overlap. */
		qsort(indices, held.cnt, sizeof(*indices), compare_indices);
		for (size_t i = 1; i < held.cnt; i++) {
			if (indices[i] != indices[kept - 1])
				indices[kept++] = indices[i];
		}
		held.cnt = kept;
		w->index_cnt = held.first + kept;
	}
	return held;
}

/* libdw follows abstract origins and specifications, to a depth of 16. */
static const char *die_name(Dwarf_Die *die)
{
	static const unsigned int attrs[] = { DW_AT_linkage_name, DW_AT_MIPS_linkage_name,
					      DW_AT_name };
	const char *name = NULL;
	Dwarf_Attribute attr;

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]) && !name; i++)
		name = dwarf_formstring(dwarf_attr_integrate(die, attrs[i], &attr));
	return name && *name ? name : NULL;
}

static const struct site *new_site(struct walk *w, Dwarf_Die *die, const struct site *parent)
{
	const char *name = die_name(die);
	struct site *site;

	/* Nothing to show for it; what is inlined further in still has a name. */
	if (!name)
		return parent;
	site = arena_alloc(w->arena, sizeof(*site));
	if (site)
		site->name = demangle_for(w->opts, w->arena, name);
	if (!site || !site->name) {
		w->err = -ENOMEM;
		return parent;
	}
	site->parent = parent;
	site->depth = parent ? parent->depth + 1 : 1;
	return site;
}

enum scope { SCOPE_NONE, SCOPE_CODE, SCOPE_NAMES };

static enum scope scope_of(int tag)
{
	switch (tag) {
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		return SCOPE_CODE;
	case DW_TAG_namespace:
	case DW_TAG_module:
		return SCOPE_NAMES; /* no ranges of its own, functions inside */
	default:
		return SCOPE_NONE;
	}
}

static void walk_children(struct walk *w, Dwarf_Die *parent, struct set set,
			  const struct site *site, unsigned int depth);

/* How many answers of SET lie in DIE. */
static size_t walk_code(struct walk *w, Dwarf_Die *die, struct set set, const struct site *site,
			unsigned int depth)
{
	struct set held = push_held(w, die, set);

	if (held.cnt && !w->err) {
		if (dwarf_tag(die) == DW_TAG_inlined_subroutine)
			site = new_site(w, die, site);
		for (size_t i = 0; i < held.cnt; i++)
			w->sites[w->indices[held.first + i]] = site;
		walk_children(w, die, held, site, depth + 1);
	}
	w->index_cnt = held.first;
	return held.cnt;
}

static void walk_children(struct walk *w, Dwarf_Die *parent, struct set set,
			  const struct site *site, unsigned int depth)
{
	size_t left = set.cnt;
	Dwarf_Die die, next;
	Dwarf_Off at;

	if (depth > MAX_DEPTH || dwarf_child(parent, &die))
		return;
	for (;;) {
		enum scope scope = scope_of(dwarf_tag(&die));

		if (w->err || !w->dies_left--)
			return;
		if (scope == SCOPE_NAMES)
			walk_children(w, &die, set, site, depth + 1);
		/* Code belongs to one scope: with the last address found, the rest is moot. */
		if (scope == SCOPE_CODE) {
			size_t held = walk_code(w, &die, set, site, depth);

			left -= held < left ? held : left;
			if (!left)
				return;
		}
		at = dwarf_dieoffset(&die);
		if (dwarf_siblingof(&die, &next) || dwarf_dieoffset(&next) <= at)
			return;
		die = next;
	}
}

static int set_lines(struct walk *w, Dwarf_Die *cu, struct set set)
{
	const char *last = NULL, *copy = NULL;

	for (size_t i = 0; i < set.cnt; i++) {
		struct sym_answer *answer = w->answers[w->indices[set.first + i]];
		Dwarf_Line *line = dwarf_getsrc_die(cu, answer->vaddr);
		const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;

		if (!file || dwarf_lineno(line, &answer->line))
			continue;
		if (file != last)
			copy = arena_copy(w->arena, file, strlen(file));
		if (!copy)
			return -ENOMEM;
		last = file;
		answer->file = copy;
	}
	return 0;
}

static int walk_units(struct walk *w, Dwarf *dwarf, struct set all)
{
	Dwarf_CU *unit = NULL, *next;
	Dwarf_Die die, split;
	uint8_t type;
	size_t left = all.cnt;

	while (left && !w->err && !dwarf_get_units(dwarf, unit, &next, NULL, &type, &die, &split)) {
		struct set held = push_held(w, &die, all);
		bool is_split = type == DW_UT_skeleton && dwarf_tag(&split) != DW_TAG_invalid;

		unit = next;
		if (held.cnt && !w->err) {
			walk_children(w, is_split ? &split : &die, held, NULL, 0);
			if (!w->err)
				w->err = set_lines(w, &die, held);
		}
		left -= held.cnt < left ? held.cnt : left;
		w->index_cnt = held.first;
	}
	return w->err;
}

/* Neighbours in the same inlined call share their frames. */
static int set_frames(struct walk *w, size_t cnt)
{
	const struct sym_frame *function = NULL;
	const struct site *last = NULL;
	struct sym_frame *frames = NULL;

	for (size_t i = 0; i < cnt; i++) {
		struct sym_answer *answer = w->answers[i];
		const struct site *site = w->sites[i];

		if (!site)
			continue;
		if (site != last || answer->frames != function) {
			frames = arena_alloc(w->arena, (site->depth + 1) * sizeof(*frames));
			if (!frames)
				return -ENOMEM;
			last = site;
			function = answer->frames;
			frames[0] = function[0];
			for (; site; site = site->parent)
				frames[site->depth] = (struct sym_frame){
					.name = site->name, .kind = SYM_INLINED };
		}
		answer->frames = frames;
		answer->frame_cnt = last->depth + 1;
	}
	return 0;
}

/*
 * libdw decompresses every section it knows on opening.  Those that only a
 * debugger needs are hidden from it: 6 ms of 60 with libc.
 */
static void hide_unused_sections(Elf *elf)
{
	static const char *const unused[] = { ".debug_loc", ".debug_loclists", ".debug_macro",
					      ".debug_frame", ".debug_aranges" };
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name =
			gelf_getshdr(scn, &shdr) ? elf_strptr(elf, names, shdr.sh_name) : NULL;

		for (size_t i = 0; name && i < sizeof(unused) / sizeof(unused[0]); i++) {
			if (strcmp(name, unused[i]))
				continue;
			shdr.sh_type = SHT_NOBITS;
			gelf_update_shdr(scn, &shdr);
		}
	}
}

int inlines_expand(const struct symbolizer_opts *opts, struct arena *arena, int fd,
		   struct sym_answer **answers, size_t cnt)
{
	struct walk w = { .opts = opts, .arena = arena, .answers = answers, .dies_left = MAX_DIES };
	Dwarf *dwarf = NULL;
	Elf *elf = NULL;
	int err = 0;

	elf_version(EV_CURRENT);
	/* Read, not mapped, as in elf_image.h: most debug sections are compressed anyway. */
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf)
		hide_unused_sections(elf);
	dwarf = elf ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
	if (!dwarf)
		goto out;
	err = -ENOMEM;
	w.sites = calloc(cnt + 1, sizeof(*w.sites));
	if (!w.sites)
		goto out;
	for (size_t i = 0; i < cnt; i++) {
		if (!push_index(&w, i))
			goto out;
	}
	err = walk_units(&w, dwarf, (struct set){ 0, cnt });
	if (!err)
		err = set_frames(&w, cnt);
out:
	free(w.indices);
	free(w.sites);
	dwarf_end(dwarf);
	elf_end(elf);
	return err;
}
