// SPDX-License-Identifier: BSD-2-Clause
/* ehframe_overlay.c - see ehframe_overlay.h. */
#include "symbolize/cfi/ehframe_overlay.h"

#include <stdlib.h>
#include <string.h>

#include "symbolize/limits.h"

#define TRAMPOLINE_SIZE 9    /* bytes of "mov $15, %rax; syscall" */
#define CALL		0xe8 /* the opcode; 32 bits follow, counted from the next instruction */
#define CALL_SIZE	5

int ehframe_overlay(const struct ehframe_table *lower, const struct ehframe_table *upper,
		    struct ehframe_table **out)
{
	const struct ehframe_table *tables[] = { lower, upper };
	struct ehframe_row row,
		now[2] = { { .cfa = EHFRAME_CFA_NONE }, { .cfa = EHFRAME_CFA_NONE } };
	size_t next[2] = { 0, 0 };
	struct ehframe_rows rows = { 0 };
	int err = 0;

	*out = NULL;
	while (!err && (next[0] < lower->row_cnt || next[1] < upper->row_cnt)) {
		uint64_t vaddr = UINT64_MAX;

		for (int i = 0; i < 2; i++)
			if (next[i] < tables[i]->row_cnt && tables[i]->rows[next[i]].vaddr < vaddr)
				vaddr = tables[i]->rows[next[i]].vaddr;
		for (int i = 0; i < 2; i++)
			if (next[i] < tables[i]->row_cnt && tables[i]->rows[next[i]].vaddr == vaddr)
				now[i] = tables[i]->rows[next[i]++];
		row = now[now[1].cfa != EHFRAME_CFA_NONE];
		row.vaddr = vaddr;
		err = ehframe_rows_add(&rows, &row);
	}
	if (!err)
		err = ehframe_rows_to_table(&rows, out);
	if (!err) {
		(*out)->fde_cnt = lower->fde_cnt + upper->fde_cnt;
		(*out)->bad_cnt = lower->bad_cnt + upper->bad_cnt;
		(*out)->debug_frame = lower->debug_frame && upper->debug_frame;
	}
	free(rows.rows);
	return err;
}

int ehframe_trampoline(uint64_t vaddr, struct ehframe_table **out)
{
	/* A walk looks a return address up at the byte before it, and so the handler's. */
	struct ehframe_row code = { .vaddr = vaddr - 1, .cfa = EHFRAME_CFA_SIGNAL };
	struct ehframe_row rest = { .vaddr = vaddr + TRAMPOLINE_SIZE, .cfa = EHFRAME_CFA_NONE };
	struct ehframe_rows rows = { 0 };
	int err = ehframe_rows_add(&rows, &code);

	*out = NULL;
	if (!err)
		err = ehframe_rows_add(&rows, &rest);
	if (!err)
		err = ehframe_rows_to_table(&rows, out);
	free(rows.rows);
	return err;
}

/* The index of the first row behind VADDR. */
static size_t next_row(const struct ehframe_table *t, uint64_t vaddr)
{
	size_t lo = 0, hi = t->row_cnt;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->rows[mid].vaddr <= vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Where the function at VADDR saves RBX, counted from its CFA; 0 if nowhere. */
static int16_t rbx_saved_by(const struct ehframe_table *saves, uint64_t vaddr)
{
	size_t next = next_row(saves, vaddr);
	const struct ehframe_row *row = next ? &saves->rows[next - 1] : NULL;
	const struct ehframe_row *end = saves->rows + saves->row_cnt;

	/* Every function begins so; bytes that only look like a call lead elsewhere. */
	if (!row || row->cfa != EHFRAME_CFA_RSP || row->cfa_off != 8 || row->fp != EHFRAME_FP_SAME)
		return 0;
	if (end - row > LIMIT_RESOLVER_ROWS)
		end = row + LIMIT_RESOLVER_ROWS;
	for (row++; row < end; row++) {
		if (row->cfa != EHFRAME_CFA_RSP && row->cfa != EHFRAME_CFA_RBP)
			return 0;
		if (row->fp == EHFRAME_FP_AT_CFA)
			return row->fp_off;
		if (row->cfa == EHFRAME_CFA_RSP && row->cfa_off == 8) /* it has returned */
			return 0;
	}
	return 0;
}

static int add_call(struct ehframe_rows *rows, const struct ehframe_row *by_rbx, uint64_t vaddr,
		    int16_t saved)
{
	/* A walk looks a return address up at the byte before it; the call itself has RBX. */
	struct ehframe_row call = *by_rbx, rest = { .cfa = EHFRAME_CFA_NONE };
	int err;

	call.vaddr = vaddr + 1;
	call.cfa = EHFRAME_CFA_DEREF_RSP;
	call.deref.at = saved;
	call.deref.add = by_rbx->reg.off;
	rest.vaddr = vaddr + CALL_SIZE;
	err = ehframe_rows_add(rows, &call);
	return err ? err : ehframe_rows_add(rows, &rest);
}

static int add_calls(struct ehframe_rows *rows, const struct ehframe_row *by_rbx, uint64_t size,
		     const struct ehframe_table *saves, const struct ehframe_code *code)
{
	const uint8_t *bytes =
		size <= LIMIT_ROW_CODE ? code->bytes(code->ctx, by_rbx->vaddr, size) : NULL;
	int err = 0;

	for (uint64_t i = 0; bytes && !err && i + CALL_SIZE <= size; i++) {
		uint64_t vaddr = by_rbx->vaddr + i;
		int32_t distance;
		int16_t saved;

		if (bytes[i] != CALL)
			continue;
		memcpy(&distance, bytes + i + 1, sizeof(distance));
		saved = rbx_saved_by(saves, vaddr + CALL_SIZE + (uint64_t)(int64_t)distance);
		if (!saved)
			continue;
		err = add_call(rows, by_rbx, vaddr, saved);
		i += CALL_SIZE - 1;
	}
	return err;
}

bool ehframe_has_rbx(const struct ehframe_table *table)
{
	for (size_t i = 0; i < table->row_cnt; i++)
		if (table->rows[i].cfa == EHFRAME_CFA_REG && table->rows[i].reg.num == EHFRAME_RBX)
			return true;
	return false;
}

int ehframe_rbx_calls(const struct ehframe_table *table, const struct ehframe_table *saves,
		      const struct ehframe_code *code, struct ehframe_table **out)
{
	struct ehframe_rows rows = { 0 };
	uint64_t left = LIMIT_RESOLVER_CODE;
	int err = 0;

	*out = NULL;
	for (size_t i = 0; i + 1 < table->row_cnt && !err; i++) {
		const struct ehframe_row *row = &table->rows[i];
		uint64_t size = row[1].vaddr - row->vaddr;

		if (row->cfa != EHFRAME_CFA_REG || row->reg.num != EHFRAME_RBX || size > left)
			continue;
		left -= size;
		err = add_calls(&rows, row, size, saves, code);
	}
	if (!err)
		err = ehframe_rows_to_table(&rows, out);
	free(rows.rows);
	return err;
}
