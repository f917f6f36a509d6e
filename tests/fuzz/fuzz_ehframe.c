// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_ehframe.c - any bytes are a section, and any table keeps its promises.
 *
 * The first byte chooses the layout, so that one corpus serves both.
 */
#include "symbolize/cfi/ehframe.h"
#include "tests/fuzz/check.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_same_rule(const struct ehframe_row *a, const struct ehframe_row *b)
{
	return a->cfa == b->cfa && a->cfa_off == b->cfa_off && a->fp == b->fp &&
	       a->fp_off == b->fp_off;
}

static void check_row(const struct ehframe_row *r)
{
	bool has_fp = r->cfa >= EHFRAME_CFA_RSP && r->cfa <= EHFRAME_CFA_DEREF_RBP;
	bool has_reg = r->cfa == EHFRAME_CFA_REG || r->cfa == EHFRAME_CFA_RA_REG;

	check(r->cfa < EHFRAME_CFA_CNT && r->fp < EHFRAME_FP_CNT);
	check(has_fp || (!r->fp && !r->fp_off));
	check(has_fp || has_reg || !r->cfa_off);
	check(!has_reg || r->reg.num < 16);
	check(r->cfa != EHFRAME_CFA_PLT || (r->cfa_off >= 0 && r->cfa_off < 16));
	check(r->fp_off % 8 == 0 && r->fp_off >= -1024 && r->fp_off <= 1016);
}

static void check_table(const struct ehframe_table *t)
{
	const struct ehframe_row *r = t->rows;

	for (size_t i = 0; i < t->row_cnt; i++) {
		check_row(&r[i]);
		check(!i || (r[i - 1].vaddr < r[i].vaddr && !is_same_rule(&r[i - 1], &r[i])));
	}
	check(!t->row_cnt || r[t->row_cnt - 1].cfa == EHFRAME_CFA_NONE);
	check(!t->fde_cnt == !t->row_cnt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ehframe_section sec = { .vaddr = 0x8000, .text_base = 0x1000, .data_base = 0x2000 };
	struct ehframe_table *t;

	if (!size)
		return 0;
	sec.debug_frame = data[0] & 1;
	sec.unbounded = data[0] & 2;
	sec.bytes = data + 1;
	sec.size = size - 1;
	check(!ehframe_parse(&sec, &t));
	check_table(t);
	ehframe_free(t);
	return 0;
}
