// SPDX-License-Identifier: BSD-2-Clause
/* package.c - see dwarf/package.h. */
#include "symbolize/dwarf/package.h"

#include <dwarf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/limits.h"

#define HEADER_SIZE 16

/* Kinds of sections, in version 2 and 5 (DW_SECT_...); others are not read. */
enum { SECT_INFO = 1, SECT_ABBREV = 3, SECT_STR_OFFSETS = 6, SECT_RNGLISTS = 8 };

/*
 * The index: a header, SLOT_CNT ids, as many rows that belong to them (from 1 on, 0 is
 * an empty slot), the kinds of the columns, and two tables of rows and columns, of
 * offsets and of sizes.
 */
struct package_index {
	uint32_t version, column_cnt, unit_cnt, slot_cnt;
	const uint8_t *ids, *rows, *kinds, *offs, *sizes;
};

/* A part of a section. */
struct package_part {
	uint64_t off, size;
};

static uint32_t u32_at(const uint8_t *table, uint64_t index)
{
	uint32_t value;

	memcpy(&value, table + index * sizeof(value), sizeof(value));
	return value;
}

static uint64_t u64_at(const uint8_t *table, uint64_t index)
{
	uint64_t value;

	memcpy(&value, table + index * sizeof(value), sizeof(value));
	return value;
}

static int read_index(struct dwarf *package, struct package_index *out)
{
	struct dwarf_section *section = &package->sections[DWARF_CU_INDEX];
	const uint8_t *bytes = dwarf_section_need(section, 0, section->size);
	uint64_t slots_size, kinds_size, table_size, left = section->size;

	if (!bytes || left < HEADER_SIZE)
		return -ENODATA;
	left -= HEADER_SIZE;
	/* In version 5 the first 32 bits are 16 of the version, and 16 that are 0. */
	out->version = u32_at(bytes, 0);
	out->column_cnt = u32_at(bytes, 1);
	out->unit_cnt = u32_at(bytes, 2);
	out->slot_cnt = u32_at(bytes, 3);
	if ((out->version != 2 && out->version != 5) || out->column_cnt > LIMIT_COLUMNS ||
	    !out->slot_cnt || out->slot_cnt & (out->slot_cnt - 1))
		return -ENODATA;
	/* These products of 32 bits, 16 columns and 12 bytes fit in 64 bits. */
	slots_size = 12ull * out->slot_cnt;
	kinds_size = 4ull * out->column_cnt;
	table_size = kinds_size * out->unit_cnt;
	if (left < slots_size + kinds_size + 2 * table_size)
		return -ENODATA;
	out->ids = bytes + HEADER_SIZE;
	out->rows = out->ids + 8ull * out->slot_cnt;
	out->kinds = out->ids + slots_size;
	out->offs = out->kinds + kinds_size;
	out->sizes = out->offs + table_size;
	return 0;
}

/* Find the row of DWO_ID; the first is 0. */
static int find_row(const struct package_index *index, uint64_t dwo_id, uint32_t *out)
{
	uint32_t mask = index->slot_cnt - 1, slot = dwo_id & mask, step = (dwo_id >> 32 & mask) | 1;

	for (uint32_t i = 0; i <= mask && i < LIMIT_PROBES; i++) {
		uint32_t row = u32_at(index->rows, slot);

		if (!row || row > index->unit_cnt)
			return -ENODATA;
		if (u64_at(index->ids, slot) == dwo_id) {
			*out = row - 1;
			return 0;
		}
		slot = (slot + step) & mask;
	}
	return -ENODATA;
}

/* Find the part of the section of KIND; it is empty if there is none. */
static struct package_part find_part(const struct package_index *index, uint32_t row, uint32_t kind)
{
	for (uint64_t i = 0; i < index->column_cnt; i++) {
		uint64_t cell = (uint64_t)row * index->column_cnt + i;

		if (u32_at(index->kinds, i) == kind)
			return (struct package_part){ u32_at(index->offs, cell),
						      u32_at(index->sizes, cell) };
	}
	return (struct package_part){ 0 };
}

int dwarf_package_find(struct dwarf *package, uint64_t dwo_id, struct dwarf_unit *out)
{
	struct package_part info;
	struct package_index index;
	uint32_t row;
	int err = read_index(package, &index);

	if (!err)
		err = find_row(&index, dwo_id, &row);
	if (err)
		return err;
	info = find_part(&index, row, SECT_INFO);
	err = dwarf_file_unit_start(package, info.off, out);
	if (err)
		return err;
	if ((out->type != DW_UT_compile && out->type != DW_UT_split_compile) ||
	    out->end > info.off + info.size ||
	    __builtin_add_overflow(out->abbrev_off, find_part(&index, row, SECT_ABBREV).off,
				   &out->abbrev_off))
		return -ENODATA;
	out->info_part = info.off;
	out->str_offsets_part = find_part(&index, row, SECT_STR_OFFSETS).off;
	if (index.version == 5) /* in version 2 this kind is another section */
		out->rnglists_part = find_part(&index, row, SECT_RNGLISTS).off;
	return 0;
}

static int try_path(struct dwarf *dw, const char *path, struct dwarf_budget *budget)
{
	struct dwarf_companion package = { 0 };
	struct package_index index;
	int err;

	if (opener_open(dw->opener, path, &package.fd))
		return -ENODATA;
	err = elf_image_open(package.fd, &package.img);
	if (!err)
		err = dwarf_file_open_split(package.img, budget, &package.dw);
	if (!err)
		err = read_index(package.dw, &index);
	if (!err) {
		dw->package = package;
		return 0;
	}
	dwarf_file_close(package.dw);
	elf_image_close(package.img);
	close(package.fd);
	return err == -ENOMEM || err == -ENOSPC ? err : -ENODATA;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Try the path that DIR_LEN bytes of DIR, NAME and the ending make. */
static int try_name(struct dwarf *dw, const char *dir, size_t dir_len, const char *name,
		    struct dwarf_budget *budget)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%.*s%s.dwp", (int)dir_len, dir, name);

	if (!*name || len < 0 || (size_t)len >= sizeof(path))
		return -ENODATA;
	return try_path(dw, path, budget);
}

int dwarf_package_open(struct dwarf *dw, int fd, const char *module, struct dwarf_budget *budget)
{
	char file[PATH_MAX];
	int err = -ENODATA;

	if (opener_path_of(dw->opener, fd, file))
		file[0] = '\0';
	if (module)
		err = try_name(dw, "", 0, module, budget);
	if (err == -ENODATA)
		err = try_name(dw, "", 0, file, budget);
	if (err == -ENODATA && module)
		err = try_name(dw, file, (size_t)(base_of(file) - file), base_of(module), budget);
	return err == -ENODATA ? 0 : err;
}
