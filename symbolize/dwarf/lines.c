// SPDX-License-Identifier: BSD-2-Clause
/* lines.c - the header of a line table, its files and its program; see dwarf/lines.h. */
#include "symbolize/dwarf/lines.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/limits.h"

static int add_dir(struct dwarf_lines *l, const char *name)
{
	if (l->dir_cnt == LIMIT_FILES)
		return -ENODATA;
	if (l->dir_cnt == l->dir_cap) {
		size_t cap = l->dir_cap ? 2 * l->dir_cap : 32;
		const char **bigger = reallocarray(l->dirs, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		l->dirs = bigger;
		l->dir_cap = cap;
	}
	l->dirs[l->dir_cnt++] = name;
	return 0;
}

static int add_file(struct dwarf_lines *l, const char *name, uint64_t dir)
{
	if (l->file_cnt == LIMIT_FILES)
		return -ENODATA;
	if (l->file_cnt == l->file_cap) {
		size_t cap = l->file_cap ? 2 * l->file_cap : 64;
		struct dwarf_line_file *bigger = reallocarray(l->files, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		l->files = bigger;
		l->file_cap = cap;
	}
	l->files[l->file_cnt++] = (struct dwarf_line_file){ name, dir, NULL };
	return 0;
}

/* Read a file of DWARF 2 to 4 behind its NAME; nobody asks for its time and size. */
static int read_file_v4(struct dwarf_lines *l, struct cursor *c, const char *name)
{
	uint64_t dir = cursor_uleb(c);

	cursor_skip_leb(c);
	cursor_skip_leb(c);
	return add_file(l, name, dir);
}

/* Read the names of DWARF 2 to 4, which count from 1: entry 0 stands for the unit's own. */
static int read_names_v4(struct dwarf_lines *l, struct cursor *c)
{
	const char *name;
	int err = add_dir(l, NULL);

	while (!err && *(name = cursor_string(c)))
		err = add_dir(l, name);
	if (!err)
		err = add_file(l, NULL, 0);
	while (!err && *(name = cursor_string(c)))
		err = read_file_v4(l, c, name);
	return err;
}

struct format {
	uint64_t content;
	uint16_t form;
};

static int read_formats(struct cursor *c, struct format formats[LIMIT_FORMATS], size_t *cnt)
{
	*cnt = cursor_u8(c);
	if (*cnt > LIMIT_FORMATS)
		return -ENODATA;
	for (size_t i = 0; i < *cnt; i++) {
		uint64_t form;

		formats[i].content = cursor_uleb(c);
		form = cursor_uleb(c);
		formats[i].form = form > UINT16_MAX ? 0 : form;
	}
	return c->bad ? -ENODATA : 0;
}

/* Read the table of directories, or of files. */
static int read_table_v5(struct dwarf_lines *l, const struct dwarf_context *ctx, struct cursor *c,
			 bool is_files)
{
	struct format formats[LIMIT_FORMATS];
	size_t format_cnt;
	uint64_t cnt;
	int err = read_formats(c, formats, &format_cnt);

	cnt = cursor_uleb(c);
	/* Entries without a field have no bytes, so that there may be any number of them. */
	if (err || (cnt && !format_cnt))
		return -ENODATA;
	for (; cnt && !err && !c->bad; cnt--) {
		const char *name = NULL;
		uint64_t dir = 0;

		for (size_t i = 0; i < format_cnt; i++) {
			struct dwarf_value value;

			dwarf_form_read(c, formats[i].form, 0, l->encoding, &value);
			if (formats[i].content == DW_LNCT_path && !c->bad)
				name = dwarf_context_string(ctx, &value);
			else if (formats[i].content == DW_LNCT_directory_index)
				dir = value.number;
		}
		err = is_files ? add_file(l, name, dir) : add_dir(l, name);
	}
	return err;
}

/* Read what is before the names, which *NAMES then holds: it ends where the program begins. */
static int read_header(struct dwarf_lines *l, struct cursor *c, struct cursor *names)
{
	uint64_t len;

	l->encoding.version = (uint8_t)cursor_u16(c);
	if (l->encoding.version < 2 || l->encoding.version > 5)
		return -ENODATA;
	if (l->encoding.version >= 5) {
		l->encoding.addr_size = cursor_u8(c);
		cursor_skip(c, 1);
	}
	len = cursor_sized(c, l->encoding.off_size);
	if (c->bad || len > cursor_left(c))
		return -ENODATA;
	*names = (struct cursor){ c->at, c->at + len, false };
	cursor_skip(c, len);
	l->program = *c;
	l->min_inst = cursor_u8(names);
	l->max_ops = l->encoding.version >= 4 ? cursor_u8(names) : 1;
	cursor_skip(names, 1); /* default_is_stmt */
	l->line_base = (int8_t)cursor_u8(names);
	l->line_range = cursor_u8(names);
	l->opcode_base = cursor_u8(names);
	l->operand_cnts = names->at;
	cursor_skip(names, l->opcode_base ? l->opcode_base - 1 : 0);
	return names->bad || !l->line_range || !l->opcode_base || !l->max_ops ? -ENODATA : 0;
}

static int open_at(struct dwarf_section *section, uint64_t off, uint8_t *off_size, struct cursor *c)
{
	uint64_t room, len, header;

	if (off >= section->size)
		return -ENODATA;
	room = section->size - off < 12 ? section->size - off : 12;
	*c = (struct cursor){ .at = dwarf_section_need(section, off, room) };
	if (!c->at)
		return -ENODATA;
	c->end = c->at + room;
	len = cursor_length(c, off_size);
	header = room - cursor_left(c);
	if (c->bad || len > section->size - off - header)
		return -ENODATA;
	c->at = dwarf_section_need(section, off + header, len);
	if (!c->at)
		return -ENODATA;
	c->end = c->at + len;
	return 0;
}

int dwarf_lines_open(const struct dwarf_context *ctx, struct dwarf_lines *out)
{
	const struct dwarf_value *at = dwarf_die_value(&ctx->die, DWARF_STMT_LIST);
	const struct dwarf_value *dir = dwarf_die_value(&ctx->die, DWARF_COMP_DIR);
	const struct dwarf_value *name = dwarf_die_value(&ctx->die, DWARF_NAME);
	struct cursor c, names;
	int err;

	*out = (struct dwarf_lines){ .encoding = ctx->unit.encoding, .meter = ctx->meter };
	if (!at)
		return -ENODATA;
	err = open_at(&ctx->dw->sections[DWARF_LINE], at->number, &out->encoding.off_size, &c);
	if (!err)
		err = read_header(out, &c, &names);
	if (err) {
		dwarf_lines_close(out);
		return err;
	}
	out->comp_dir = dir ? dwarf_context_string(ctx, dir) : NULL;
	if (out->encoding.version < 5) {
		err = read_names_v4(out, &names);
		if (!err && name)
			out->files[0].name = dwarf_context_string(ctx, name);
	} else {
		err = read_table_v5(out, ctx, &names, false);
		if (!err)
			err = read_table_v5(out, ctx, &names, true);
	}
	if (!err && (names.bad || !dwarf_meter_take(out->meter, out->file_cnt + out->dir_cnt)))
		err = -ENODATA;
	if (err)
		dwarf_lines_close(out);
	return err;
}

void dwarf_lines_close(struct dwarf_lines *lines)
{
	free(lines->dirs);
	free(lines->files);
	*lines = (struct dwarf_lines){ 0 };
}

/* Join the parts that are there, with a slash between them. */
static char *join(struct arena *arena, const char *const parts[3])
{
	size_t len = 0;
	char *path, *end;

	for (int i = 0; i < 3; i++)
		len += parts[i] && *parts[i] ? strlen(parts[i]) + 1 : 0;
	path = arena_alloc(arena, len + 1);
	if (!path)
		return NULL;
	end = path;
	for (int i = 0; i < 3; i++) {
		if (!parts[i] || !*parts[i])
			continue;
		if (end != path && end[-1] != '/')
			*end++ = '/';
		end = stpcpy(end, parts[i]);
	}
	return path;
}

int dwarf_lines_path(struct dwarf_lines *l, struct arena *arena, uint32_t file, const char **out)
{
	struct dwarf_line_file *f = file < l->file_cnt ? &l->files[file] : NULL;
	const char *dir = f && f->dir < l->dir_cnt ? l->dirs[f->dir] : NULL,
		   *comp_dir = l->comp_dir;

	*out = NULL;
	if (!f || !f->name)
		return 0;
	if (!f->path) {
		if (*f->name == '/')
			dir = NULL;
		if (*f->name == '/' || (dir && *dir == '/'))
			comp_dir = NULL;
		f->path = join(arena, (const char *const[]){ comp_dir, dir, f->name });
	}
	*out = f->path;
	return *out ? 0 : -ENOMEM;
}
