// SPDX-License-Identifier: BSD-2-Clause
/* fuzz_dwarf.c - any bytes are an ELF file, and its DWARF gives answers that are whole. */
#include "symbolize/dwarf/inlines.h"

#include <stdlib.h>
#include <string.h>

#include "symbolize/dwarf/index.h"
#include "symbolize/dwarf/package.h"
#include "symbolize/limits.h"
#include "tests/fuzz/check.h"

#define ADDRESSES 64
#define BUDGET	  (8 << 20) /* bytes: what inflates beyond is refused */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The edges of what the units say they hold, and some addresses that no unit may hold. */
static size_t choose_vaddrs(struct dwarf *dw, uint64_t vaddrs[ADDRESSES])
{
	struct dwarf_reader reader = { 0 };
	uint64_t nowhere[1] = { 0x10 }, unit;
	size_t cnt = 0;

	dwarf_index_find(dw, &reader, 0, nowhere, &unit, 1);
	dwarf_reader_fini(&reader);
	vaddrs[cnt++] = 0x10;
	vaddrs[cnt++] = UINT64_MAX;
	for (size_t i = 0; i < dw->range_cnt && cnt + 4 <= ADDRESSES; i++) {
		const struct dwarf_range *range = &dw->ranges[i];

		check(range->start < range->end && range->max_end >= range->end);
		check(!i || range[-1].start <= range->start);
		vaddrs[cnt++] = range->start;
		vaddrs[cnt++] = range->start + (range->end - range->start) / 3;
		vaddrs[cnt++] = range->start + (range->end - range->start) / 2;
		vaddrs[cnt++] = range->end - 1;
	}
	return cnt;
}

static void check_answer(const struct sym_answer *answer)
{
	size_t len = answer->file ? strlen(answer->file) : 0;

	check((answer->reason == SYM_NAMED) == !!answer->frame_cnt);
	for (unsigned int i = 0; i < answer->frame_cnt; i++) {
		const struct sym_frame *frame = &answer->frames[i];

		check(frame->kind == (i ? SYM_INLINED : SYM_USER));
		len += strlen(frame->name) + (frame->call_file ? strlen(frame->call_file) : 0);
	}
	/* Each string was read to its end: the sanitizer looks on. */
	check(len < SIZE_MAX);
}

static void ask(struct dwarf *dw)
{
	const struct symbolizer_opts opts = { 0 };
	struct sym_answer answers[ADDRESSES], *pointers[ADDRESSES];
	uint64_t vaddrs[ADDRESSES];
	size_t cnt = choose_vaddrs(dw, vaddrs);
	struct arena arena = { 0 };

	for (size_t i = 0; i < cnt; i++) {
		answers[i] = (struct sym_answer){ .reason = SYM_NO_SYMBOL, .vaddr = vaddrs[i] };
		pointers[i] = &answers[i];
	}
	check(!inlines_expand(&opts, &arena, dw, pointers, cnt));
	for (size_t i = 0; i < cnt; i++)
		check_answer(&answers[i]);
	arena_fini(&arena);
}

/* A file may be the package of its own split units: it needs but the sections of both. */
static void add_package(struct dwarf *dw, struct elf_image *img, struct dwarf_budget *budget)
{
	struct dwarf_unit unit;

	if (dwarf_file_open_split(img, budget, &dw->package.dw))
		return;
	for (uint64_t id = 0; id < 4; id++) {
		if (dwarf_package_find(dw->package.dw, id, &unit))
			continue;
		check(unit.end <= dw->package.dw->sections[DWARF_INFO].size);
		check(unit.die_off <= unit.end);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dwarf_budget budget = { .left = BUDGET, .work = LIMIT_WORK };
	struct elf_image *img;
	struct dwarf *dw;

	if (elf_image_open_memory(data, size, &img))
		return 0;
	if (!dwarf_file_open(img, &budget, &dw)) {
		add_package(dw, img, &budget);
		ask(dw);
		dwarf_file_close(dw->package.dw);
		dw->package.dw = NULL; /* its image is this one's */
		dwarf_file_close(dw);
	}
	check(atomic_load(&budget.left) == BUDGET);
	elf_image_close(img);
	return 0;
}
