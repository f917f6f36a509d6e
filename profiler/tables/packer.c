// SPDX-License-Identifier: BSD-2-Clause
/* packer.c - see packer.h. */
#include "profiler/tables/packer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/array.h"

#define PAGE_MASK ((1u << UNWIND_PAGE_BITS) - 1)

static struct unwind_row pack(const struct ehframe_row *row, uint16_t pc_lo)
{
	struct unwind_row packed = {
		.pc_lo = pc_lo,
		.kind = (__u8)UNWIND_KIND(row->cfa, row->fp),
		.fp8 = (__s8)(row->fp_off / 8),
	};

	/* The two unions have the same members at the same places. */
	memcpy(&packed.cfa_off, &row->cfa_off, sizeof(packed.cfa_off));
	return packed;
}
_Static_assert((int)UNWIND_CFA_UNSUP == (int)EHFRAME_CFA_UNSUP &&
		       (int)UNWIND_CFA_SIGNAL == (int)EHFRAME_CFA_SIGNAL &&
		       (int)UNWIND_FP_LOST == (int)EHFRAME_FP_LOST,
	       "one numbering");

static int put_row(struct packer *p, struct unwind_row row)
{
	int err = array_reserve(&p->rows, sizeof(*p->rows), &p->row_cap, p->row_cnt + 1);

	if (!err)
		p->rows[p->row_cnt++] = row;
	return err;
}

static int store_page(struct packer *p)
{
	int err = p->page_cnt ? p->store(p->ctx, p->rows, (uint32_t)p->row_cnt,
					 &p->pages[p->page_cnt - 1])
			      : 0;

	p->row_cnt = 0;
	return err;
}

/* Begin a page, by the row that holds from the page before unless NEXT begins just there. */
static int begin_page(struct packer *p, const struct ehframe_row *next)
{
	uint64_t vaddr = p->base + ((uint64_t)p->page_cnt << UNWIND_PAGE_BITS);
	int err = store_page(p);

	if (!err)
		err = array_reserve(&p->pages, sizeof(*p->pages), &p->page_cap, p->page_cnt + 1);
	if (err)
		return err;
	p->pages[p->page_cnt++] = (struct unwind_page){ 0 };
	if (next->vaddr == vaddr)
		return 0;
	return put_row(p, p->has_last ? pack(&p->last, 0)
				      : (struct unwind_row){ .kind = UNWIND_CFA_NONE });
}

static int add_row(struct packer *p, const struct ehframe_row *row)
{
	uint64_t page = (row->vaddr - p->base) >> UNWIND_PAGE_BITS;
	int err = 0;

	if (row->vaddr >= p->base) {
		if (page >= UNWIND_PAGES)
			return -ENOSPC;
		while (p->page_cnt <= page && !err)
			err = begin_page(p, row);
		if (!err)
			err = put_row(p, pack(row, (uint16_t)((row->vaddr - p->base) & PAGE_MASK)));
	}
	p->last = *row;
	p->has_last = true;
	return err;
}

int packer_add(void *packer, const struct ehframe_row *rows, size_t cnt)
{
	int err = 0;

	for (size_t i = 0; i < cnt && !err; i++)
		err = add_row(packer, &rows[i]);
	return err;
}

int packer_finish(struct packer *p)
{
	int err = store_page(p);

	return err ? err : p->page_cnt ? 0 : -ENODATA;
}

void packer_init(struct packer *p, uint64_t base, packer_store store, void *ctx)
{
	*p = (struct packer){ .base = base, .store = store, .ctx = ctx };
}

void packer_fini(struct packer *p)
{
	free(p->pages);
	free(p->rows);
	*p = (struct packer){ 0 };
}
