// SPDX-License-Identifier: BSD-2-Clause
/* answers.c - see dwarf/answers.h. */
#include "symbolize/dwarf/answers.h"

#include <dwarf.h>
#include <errno.h>

#include "symbolize/dwarf/lines.h"
#include "symbolize/dwarf/scopes.h"
#include "symbolize/dwarf/split.h"

/* The unit that is worked on. */
struct answers_unit {
	struct dwarf_answers *a;
	struct dwarf_context main;
	struct dwarf_split split;
	const struct dwarf_context *code; /* the half with the DIEs: main, or that in split */
	struct dwarf_lines lines;
	struct arena sites;
};

void dwarf_answers_init(struct dwarf_answers *a, const struct symbolizer_opts *opts,
			struct arena *arena, struct dwarf *dw)
{
	*a = (struct dwarf_answers){ .opts = opts, .arena = arena, .dw = dw };
	a->names.opts = opts;
	a->names.arena = arena;
}

void dwarf_answers_fini(struct dwarf_answers *a)
{
	dwarf_names_fini(&a->names);
	dwarf_reader_fini(&a->reader);
	dwarf_reader_fini(&a->split_reader);
}

static int name_of(struct answers_unit *u, const struct dwarf_site *site, const char **out)
{
	return dwarf_names_find(&u->a->names, u->code, site->dw, site->name_off, out);
}

/* Fill in the frames of SITE and of the calls around it, from *FIRST, the end, backwards. */
static int fill_frames(struct answers_unit *u, const struct dwarf_site *site,
		       struct sym_frame *frames, size_t *first)
{
	for (; site->parent; site = site->parent) {
		struct sym_frame frame = { .kind = SYM_INLINED, .call_line = (int)site->call_line };
		int err = name_of(u, site, &frame.name);

		if (!err && (site->call_line || site->call_file))
			err = dwarf_lines_path(&u->lines, u->a->arena, site->call_file,
					       &frame.call_file);
		if (err)
			return err;
		/* A call without a name is left out; what is inlined in it has its own. */
		if (frame.name)
			frames[--*first] = frame;
	}
	return 0;
}

static const struct dwarf_site *function_of(const struct dwarf_site *site)
{
	while (site->parent)
		site = site->parent;
	return site;
}

/* Make the function's frame: its symbol names it, else DWARF.  False if neither does. */
static bool get_function(const struct sym_answer *answer, const char *dwarf_name,
			 struct sym_frame *out)
{
	if (answer->frame_cnt)
		*out = answer->frames[0];
	else
		*out = (struct sym_frame){ .name = dwarf_name, .kind = SYM_USER };
	return out->name;
}

static int set_frames(struct answers_unit *u, struct sym_answer *answer,
		      const struct dwarf_site *site)
{
	size_t cnt = site->depth + 1, first = cnt;
	const struct dwarf_site *outer = function_of(site);
	const char *dwarf_name = NULL;
	struct sym_frame function, *frames;
	int err = 0;

	if (!u->a->opts->no_lines)
		err = dwarf_names_linkage(&u->a->names, u->code, outer->dw, outer->name_off,
					  &answer->dwarf_name);
	if (!err && !answer->frame_cnt)
		err = name_of(u, outer, &dwarf_name);
	if (err || !get_function(answer, dwarf_name, &function))
		return err;
	if (answer->frame_cnt && !site->parent)
		return 0;
	frames = arena_alloc(u->a->arena, cnt * sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	err = fill_frames(u, site, frames, &first);
	if (err)
		return err;
	frames[--first] = function;
	answer->reason = SYM_NAMED;
	answer->frames = frames + first;
	answer->frame_cnt = (unsigned int)(cnt - first);
	return 0;
}

/* Neighbours in the same inlined call share their frames. */
static int set_all_frames(struct answers_unit *u, struct dwarf_spot *spots, size_t cnt)
{
	const struct sym_frame *function = NULL;
	int err = 0;

	for (size_t i = 0; i < cnt && !err; i++) {
		struct sym_answer *answer = spots[i].answer, *before;
		const struct sym_frame *own = answer->frames;

		if (!spots[i].site)
			continue;
		before = i ? spots[i - 1].answer : NULL;
		if (before && spots[i].site == spots[i - 1].site && own == function) {
			answer->reason = before->reason;
			answer->frames = before->frames;
			answer->frame_cnt = before->frame_cnt;
			answer->dwarf_name = before->dwarf_name;
		} else {
			err = set_frames(u, answer, spots[i].site);
		}
		function = own;
	}
	return err;
}

static int set_lines(struct answers_unit *u, struct dwarf_spot *spots, size_t cnt)
{
	int err = 0;

	dwarf_lines_find(&u->lines, spots, cnt);
	for (size_t i = 0; i < cnt && !err; i++) {
		struct sym_answer *answer = spots[i].answer;

		/* The symbol's file need not be that of the function inlined here. */
		if (!spots[i].has_line && spots[i].site && !u->a->opts->no_lines)
			answer->file = NULL;
		if (!spots[i].has_line)
			continue;
		answer->line = (int)spots[i].line;
		answer->discriminator = spots[i].discriminator;
		err = dwarf_lines_path(&u->lines, u->a->arena, spots[i].file, &answer->file);
	}
	return err;
}

/* Find the DIEs: they are in the unit itself, unless it only says where else they are. */
static int open_code(struct answers_unit *u)
{
	int err;

	u->code = &u->main;
	if (!dwarf_die_value(&u->main.die, DWARF_DWO_NAME))
		return 0;
	err = dwarf_split_open(&u->split, &u->a->split_reader, &u->main);
	if (!err)
		u->code = &u->split.context;
	return err == -ENOMEM ? err : 0;
}

static int set_unit(struct answers_unit *u, struct dwarf_spot *spots, size_t cnt)
{
	int err = open_code(u);

	if (!err)
		err = dwarf_scopes_find(u->code, &u->sites, spots, cnt);
	if (!err && !u->a->opts->no_lines)
		err = dwarf_lines_open(&u->main, &u->lines);
	if (err == -ENOMEM)
		return err;
	err = set_lines(u, spots, cnt);
	dwarf_names_begin_unit(&u->a->names);
	return err ? err : set_all_frames(u, spots, cnt);
}

int dwarf_answers_set(struct dwarf_answers *a, struct dwarf_spot *spots, size_t cnt)
{
	struct answers_unit u = { .a = a };
	struct dwarf_unit header;
	int err;

	if (a->passes)
		dwarf_section_pass(&a->dw->sections[DWARF_INFO], spots[0].unit_off);
	err = dwarf_file_unit_start(a->dw, spots[0].unit_off, &header);
	if (!err)
		err = dwarf_context_open(&a->reader, a->dw, &header, NULL, &u.main);
	if (!err)
		err = set_unit(&u, spots, cnt);
	dwarf_lines_close(&u.lines);
	if (u.split.is_open)
		dwarf_names_forget(&a->names);
	dwarf_split_close(&u.split);
	arena_fini(&u.sites);
	return err == -ENOMEM ? err : 0;
}
