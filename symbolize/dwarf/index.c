// SPDX-License-Identifier: BSD-2-Clause
/* index.c - see dwarf/index.h. */
#include "symbolize/dwarf/index.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "symbolize/limits.h"

static int add_range(struct dwarf *dw, uint64_t start, uint64_t end, uint64_t unit_off)
{
	/* Functions that the linker dropped are left at address 0, or at -1 or -2. */
	if (!start || start >= end || dw->range_cnt == LIMIT_RANGES)
		return 0;
	if (dw->range_cnt == dw->range_cap) {
		size_t cap = dw->range_cap ? 2 * dw->range_cap : 1024;
		struct dwarf_range *bigger = reallocarray(dw->ranges, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		dw->ranges = bigger;
		dw->range_cap = cap;
	}
	dw->ranges[dw->range_cnt++] = (struct dwarf_range){ start, end, unit_off, 0 };
	return 0;
}

static int add_listed(struct dwarf *dw, uint64_t unit_off)
{
	if (dw->listed_cnt == LIMIT_UNITS)
		return 0;
	if (dw->listed_cnt == dw->listed_cap) {
		size_t cap = dw->listed_cap ? 2 * dw->listed_cap : 256;
		uint64_t *bigger = reallocarray(dw->listed, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		dw->listed = bigger;
		dw->listed_cap = cap;
	}
	dw->listed[dw->listed_cnt++] = unit_off;
	return 0;
}

static int compare_offs(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* Of nested ranges the inner one comes behind the outer one. */
static int compare_ranges(const void *pa, const void *pb)
{
	const struct dwarf_range *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end > b->end ? -1 : 1;
	return (a->unit_off < b->unit_off) - (a->unit_off > b->unit_off);
}

static void sort_ranges(struct dwarf *dw)
{
	uint64_t max_end = 0;

	if (dw->range_cnt)
		qsort(dw->ranges, dw->range_cnt, sizeof(*dw->ranges), compare_ranges);
	for (size_t i = 0; i < dw->range_cnt; i++) {
		struct dwarf_range *range = &dw->ranges[i];

		max_end = range->end > max_end ? range->end : max_end;
		range->max_end = max_end;
	}
	if (dw->listed_cnt)
		qsort(dw->listed, dw->listed_cnt, sizeof(*dw->listed), compare_offs);
}

/* Read the ranges of one unit, which are in SET; START is where its header begins. */
static int read_set(struct dwarf *dw, struct cursor *set, const uint8_t *start, uint8_t off_size)
{
	uint16_t version = cursor_u16(set);
	uint64_t unit_off = cursor_sized(set, off_size), vaddr, len;
	uint8_t addr_size = cursor_u8(set), selector_size = cursor_u8(set);
	size_t misaligned, before = dw->range_cnt;
	int err = 0;

	if (set->bad || version != 2 || selector_size || (addr_size != 4 && addr_size != 8))
		return 0;
	/* The tuples are aligned to their own size, counted from START. */
	misaligned = (size_t)(set->at - start) % (2 * addr_size);
	cursor_skip(set, misaligned ? 2 * addr_size - misaligned : 0);
	while (!err && cursor_left(set) >= 2 * addr_size) {
		vaddr = cursor_sized(set, addr_size);
		len = cursor_sized(set, addr_size);
		if (!vaddr && !len)
			break;
		err = add_range(dw, vaddr, vaddr + len, unit_off);
	}
	/* A set without ranges tells nothing about the unit: rustc writes such. */
	return err || dw->range_cnt == before ? err : add_listed(dw, unit_off);
}

static int read_aranges(struct dwarf *dw)
{
	struct dwarf_section *section = &dw->sections[DWARF_ARANGES];
	const uint8_t *bytes = section->size ? dwarf_section_need(section, 0, section->size) : NULL;
	struct cursor c = { bytes, bytes ? bytes + section->size : NULL, false };
	int err = 0;

	while (!err && cursor_left(&c)) {
		const uint8_t *start = c.at;
		uint8_t off_size;
		uint64_t len = cursor_length(&c, &off_size);
		struct cursor set = { c.at, c.at, false };

		if (c.bad || len > cursor_left(&c))
			break;
		set.end += len;
		cursor_skip(&c, len);
		err = read_set(dw, &set, start, off_size);
	}
	sort_ranges(dw);
	dw->has_aranges = !err;
	return err;
}

static int read_unit_ranges(struct dwarf *dw, struct dwarf_reader *reader,
			    const struct dwarf_unit *unit)
{
	struct dwarf_context ctx;
	struct dwarf_ranges ranges;
	int err = dwarf_context_open(reader, dw, unit, NULL, &ctx);

	if (err)
		return err == -ENOMEM ? err : 0;
	dwarf_ranges_init(&ranges, &ctx, &ctx.die);
	while (!err && dwarf_ranges_next(&ranges))
		err = add_range(dw, ranges.start, ranges.end, unit->off);
	return err;
}

/* Read the ranges of the units that .debug_aranges does not list. */
static int read_all_ranges(struct dwarf *dw, struct dwarf_reader *reader)
{
	struct dwarf_unit unit;
	size_t index = 0;
	int err;

	while (!(err = dwarf_file_unit(dw, index++, &unit))) {
		if (unit.type != DW_UT_compile && unit.type != DW_UT_skeleton)
			continue;
		if (dw->listed_cnt && bsearch(&unit.off, dw->listed, dw->listed_cnt,
					      sizeof(*dw->listed), compare_offs))
			continue;
		err = read_unit_ranges(dw, reader, &unit);
		if (err)
			return err;
	}
	sort_ranges(dw);
	dw->has_all_ranges = true;
	return err == -ENOMEM ? err : 0;
}

static uint64_t find(const struct dwarf *dw, uint64_t vaddr)
{
	size_t lo = 0, hi = dw->range_cnt;

	/* Find the first range that starts above VADDR. */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (dw->ranges[mid].start <= vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = lo; i && i + LIMIT_OVERLAP > lo && dw->ranges[i - 1].max_end > vaddr; i--) {
		if (vaddr < dw->ranges[i - 1].end)
			return dw->ranges[i - 1].unit_off;
	}
	return DWARF_NO_UNIT;
}

int dwarf_index_find(struct dwarf *dw, struct dwarf_reader *reader, size_t per_address,
		     const uint64_t *vaddrs, uint64_t *unit_offs, size_t cnt)
{
	size_t left = 0;
	int err = dw->has_aranges ? 0 : read_aranges(dw);

	for (size_t i = 0; i < cnt && !err; i++) {
		unit_offs[i] = find(dw, vaddrs[i]);
		left += unit_offs[i] == DWARF_NO_UNIT;
	}
	if (err || !left || dw->has_all_ranges)
		return err;
	if (per_address && dw->sections[DWARF_INFO].size / per_address > left)
		return 0;
	err = read_all_ranges(dw, reader);
	for (size_t i = 0; i < cnt && !err; i++) {
		if (unit_offs[i] == DWARF_NO_UNIT)
			unit_offs[i] = find(dw, vaddrs[i]);
	}
	return err;
}
