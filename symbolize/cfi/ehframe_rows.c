// SPDX-License-Identifier: BSD-2-Clause
/* ehframe_rows.c - see ehframe_rows.h. */
#include "symbolize/cfi/ehframe_rows.h"

#include <errno.h>
#include <stdlib.h>

#include "symbolize/limits.h"

int ehframe_rows_add(struct ehframe_rows *r, const struct ehframe_row *row)
{
	struct ehframe_row *last, *bigger;
	size_t more;

	if (r->cnt) {
		last = &r->rows[r->cnt - 1];
		if (last->cfa == row->cfa && last->cfa_off == row->cfa_off && last->fp == row->fp &&
		    last->fp_off == row->fp_off)
			return 0;
	}
	if (r->passed_cnt + r->cnt == LIMIT_ROWS)
		return -ENOSPC;
	if (r->cnt == r->cap) {
		more = r->cap ? r->cap * 2 : 1024;
		bigger = reallocarray(r->rows, more, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		r->rows = bigger;
		r->cap = more;
	}
	r->rows[r->cnt++] = *row;
	return 0;
}

int ehframe_rows_to_table(struct ehframe_rows *rows, struct ehframe_table **out)
{
	struct ehframe_table *t = calloc(1, sizeof(*t));
	struct ehframe_row *fitting = NULL;

	*out = NULL;
	if (!t)
		return -ENOMEM;
	t->row_cnt = rows->passed_cnt + rows->cnt;
	if (rows->cnt) {
		fitting = reallocarray(rows->rows, rows->cnt, sizeof(*fitting));
		t->rows = fitting ? fitting : rows->rows;
		rows->rows = NULL;
	}
	*out = t;
	return 0;
}

void ehframe_free(struct ehframe_table *table)
{
	if (table)
		free(table->rows);
	free(table);
}
