// SPDX-License-Identifier: BSD-2-Clause
/* file.c - see dwarf/file.h. */
#include "symbolize/dwarf/file.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "symbolize/limits.h"

#define MAX_HEADER   40	  /* bytes: a type unit of 64-bit DWARF 5 */
#define SECTION_COST 4096 /* bytes that a section counts at least */

static const struct {
	const char *name, *dwo_name;
} names[DWARF_SECTION_CNT] = {
	[DWARF_INFO] = { ".debug_info", ".debug_info.dwo" },
	[DWARF_ABBREV] = { ".debug_abbrev", ".debug_abbrev.dwo" },
	[DWARF_STR] = { ".debug_str", ".debug_str.dwo" },
	[DWARF_LINE_STR] = { ".debug_line_str", NULL },
	[DWARF_LINE] = { ".debug_line", ".debug_line.dwo" },
	[DWARF_RANGES] = { ".debug_ranges", NULL },
	[DWARF_RNGLISTS] = { ".debug_rnglists", ".debug_rnglists.dwo" },
	[DWARF_ADDR] = { ".debug_addr", NULL },
	[DWARF_STR_OFFSETS] = { ".debug_str_offsets", ".debug_str_offsets.dwo" },
	[DWARF_ARANGES] = { ".debug_aranges", NULL },
	[DWARF_CU_INDEX] = { NULL, ".debug_cu_index" },
};

static _Atomic uint64_t last_id;

/* Read what follows the version; U has one of 2 to 5. */
static void parse_header(struct cursor *c, struct dwarf_unit *u)
{
	u->type = DW_UT_compile;
	if (u->encoding.version >= 5) {
		u->type = cursor_u8(c);
		u->encoding.addr_size = cursor_u8(c);
		u->abbrev_off = cursor_sized(c, u->encoding.off_size);
	} else {
		u->abbrev_off = cursor_sized(c, u->encoding.off_size);
		u->encoding.addr_size = cursor_u8(c);
	}
	if (u->encoding.version < 5)
		return;
	if (u->type == DW_UT_skeleton || u->type == DW_UT_split_compile) {
		u->dwo_id = cursor_u64(c);
	} else if (u->type == DW_UT_type || u->type == DW_UT_split_type) {
		cursor_skip(c, 8);
		cursor_skip(c, u->encoding.off_size);
	}
}

/*
 * Read the header of the unit at OFF.  One of a version or address size that is not ours has
 * a length all the same: it gets the type 0, and is passed over.
 */
static int read_unit(struct dwarf *dw, uint64_t off, struct dwarf_unit *out)
{
	struct dwarf_section *info = &dw->sections[DWARF_INFO];
	uint64_t room = info->size - off < MAX_HEADER ? info->size - off : MAX_HEADER, len;
	struct cursor c = { .at = dwarf_section_need(info, off, room) };
	const uint8_t *start = c.at;

	if (!start)
		return -ENODATA;
	c.end = start + room;
	*out = (struct dwarf_unit){ .off = off };
	len = cursor_length(&c, &out->encoding.off_size);
	if (__builtin_add_overflow(off + (uint64_t)(c.at - start), len, &out->end) ||
	    out->end > info->size || c.bad)
		return -ENODATA;
	out->encoding.version = (uint8_t)cursor_u16(&c);
	if (out->encoding.version >= 2 && out->encoding.version <= 5)
		parse_header(&c, out);
	out->die_off = off + (uint64_t)(c.at - start);
	if (c.bad || out->die_off > out->end ||
	    (out->encoding.addr_size != 4 && out->encoding.addr_size != 8))
		out->type = 0;
	return 0;
}

/* Does .debug_info, as it is open now, hold nothing but types? */
static bool has_only_types(struct dwarf *dw)
{
	struct dwarf_unit unit;

	for (uint64_t off = 0; off < dw->sections[DWARF_INFO].size; off = unit.end) {
		if (read_unit(dw, off, &unit) || unit.end <= off)
			return false;
		if (unit.type != DW_UT_type && unit.type != DW_UT_split_type)
			return false;
	}
	return true;
}

/*
 * Open a section.  gcc's .dwo with -fdebug-types-section has a .debug_info.dwo for each
 * type, before the one of the code: those are passed over.
 */
static int open_section(struct dwarf *dw, enum dwarf_section_id id, const char *name,
			struct dwarf_budget *budget)
{
	struct dwarf_section *section = &dw->sections[id];
	const Elf64_Shdr *shdr = elf_image_find_section(dw->img, name, SHT_NULL);
	int err = dwarf_section_open(section, dw->img, shdr, budget);
	uint64_t passed = 0;

	while (id == DWARF_INFO && !err && passed < LIMIT_TYPES) {
		shdr = elf_image_next_section(dw->img, name, shdr);
		if (!shdr || !has_only_types(dw))
			break;
		passed += section->size + SECTION_COST;
		dwarf_section_close(section);
		err = dwarf_section_open(section, dw->img, shdr, budget);
	}
	return err;
}

static int open_file(const struct elf_image *img, bool is_split, struct dwarf_budget *budget,
		     struct dwarf **out)
{
	struct dwarf *dw = calloc(1, sizeof(*dw));
	int err = 0;

	*out = NULL;
	if (!dw)
		return -ENOMEM;
	pthread_mutex_init(&dw->lock, NULL);
	dw->id = atomic_fetch_add(&last_id, 1) + 1;
	dw->img = img;
	dw->is_split = is_split;
	for (int i = 0; i < DWARF_SECTION_CNT && !err; i++) {
		const char *name = dw->is_split ? names[i].dwo_name : names[i].name;

		err = name ? open_section(dw, (enum dwarf_section_id)i, name, budget) : 0;
		/* The others may be missing: what needs them is left out. */
		if (err == -ENODATA && i != DWARF_INFO && i != DWARF_ABBREV)
			err = 0;
	}
	if (err) {
		dwarf_file_close(dw);
		return err;
	}
	*out = dw;
	return 0;
}

int dwarf_file_open(const struct elf_image *img, struct dwarf_budget *budget, struct dwarf **out)
{
	bool is_split = !elf_image_find_section(img, names[DWARF_INFO].name, SHT_NULL);

	return open_file(img, is_split, budget, out);
}

int dwarf_file_open_split(const struct elf_image *img, struct dwarf_budget *budget,
			  struct dwarf **out)
{
	return open_file(img, true, budget, out);
}

static void close_companion(struct dwarf_companion *other)
{
	if (!other->dw)
		return;
	dwarf_file_close(other->dw);
	elf_image_close(other->img);
	close(other->fd);
}

void dwarf_file_close(struct dwarf *dw)
{
	if (!dw)
		return;
	close_companion(&dw->alt);
	close_companion(&dw->package);
	for (int i = 0; i < DWARF_SECTION_CNT; i++)
		dwarf_section_close(&dw->sections[i]);
	pthread_mutex_destroy(&dw->lock);
	free(dw->units);
	free(dw->ranges);
	free(dw->listed);
	free(dw);
}

uint64_t dwarf_file_walked_size(const struct dwarf *dw)
{
	return dw->sections[DWARF_INFO].size + dw->sections[DWARF_LINE].size;
}

bool dwarf_file_lacks_memory(struct dwarf *dw)
{
	for (int i = 0; i < DWARF_SECTION_CNT; i++) {
		if (dw->sections[i].err == -ENOSPC)
			return true;
	}
	return (dw->alt.dw && dwarf_file_lacks_memory(dw->alt.dw)) ||
	       (dw->package.dw && dwarf_file_lacks_memory(dw->package.dw));
}

/* List units up to the one with the byte at OFF.  The caller holds the lock. */
static int scan(struct dwarf *dw, uint64_t off)
{
	while (!dw->scan_failed && dw->scanned <= off &&
	       dw->scanned < dw->sections[DWARF_INFO].size) {
		struct dwarf_unit unit, *bigger;

		if (dw->unit_cnt == LIMIT_UNITS || read_unit(dw, dw->scanned, &unit) ||
		    unit.end <= dw->scanned) {
			dw->scan_failed = true;
			break;
		}
		if (dw->unit_cnt == dw->unit_cap) {
			size_t cap = dw->unit_cap ? 2 * dw->unit_cap : 256;

			bigger = reallocarray(dw->units, cap, sizeof(*bigger));
			if (!bigger)
				return -ENOMEM;
			dw->units = bigger;
			dw->unit_cap = cap;
		}
		dw->units[dw->unit_cnt++] = unit;
		dw->scanned = unit.end;
	}
	return 0;
}

static int find_listed(const struct dwarf *dw, uint64_t off, struct dwarf_unit *out)
{
	size_t lo = 0, hi = dw->unit_cnt;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (dw->units[mid].end <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == dw->unit_cnt || !dw->units[lo].type)
		return -ENODATA;
	*out = dw->units[lo];
	return 0;
}

int dwarf_file_unit_start(struct dwarf *dw, uint64_t off, struct dwarf_unit *out)
{
	if (off >= dw->sections[DWARF_INFO].size || read_unit(dw, off, out) || !out->type)
		return -ENODATA;
	return 0;
}

int dwarf_file_unit_at(struct dwarf *dw, uint64_t off, struct dwarf_unit *out)
{
	int err;

	pthread_mutex_lock(&dw->lock);
	err = scan(dw, off);
	if (!err)
		err = find_listed(dw, off, out);
	pthread_mutex_unlock(&dw->lock);
	return err;
}

int dwarf_file_unit(struct dwarf *dw, size_t index, struct dwarf_unit *out)
{
	int err = 0;

	pthread_mutex_lock(&dw->lock);
	while (!err && index >= dw->unit_cnt && !dw->scan_failed &&
	       dw->scanned < dw->sections[DWARF_INFO].size)
		err = scan(dw, dw->scanned);
	if (!err && index >= dw->unit_cnt)
		err = -ENODATA;
	if (!err)
		*out = dw->units[index];
	pthread_mutex_unlock(&dw->lock);
	return err;
}
