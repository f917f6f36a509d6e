// SPDX-License-Identifier: BSD-2-Clause
/* test_ehframe_overlay.c - calls where the CFA is in RBX, and tables laid over tables. */
#include "symbolize/limits.h"
#include "tests/unit/ehframe_bytes.h"

#include <errno.h>

#define RESOLVER 0x1000 /* its CFA is RBX + 24 from the 8th byte to the 64th */
#define SAVES	 0x2000
#define SAVES_NO 0x3000

static struct ehframe_row rows[] = {
	{ .vaddr = RESOLVER, .cfa = EHFRAME_CFA_RSP, .cfa_off = 24 },
	{ .vaddr = RESOLVER + 8, .cfa = EHFRAME_CFA_REG, .reg = { .off = 24, .num = EHFRAME_RBX } },
	{ .vaddr = RESOLVER + 64, .cfa = EHFRAME_CFA_NONE },
};
static const struct ehframe_table table = { .rows = rows, .row_cnt = 3 };

/* Where RBX is: two functions, of which the second has no need to save it. */
static struct ehframe_row saves_rows[] = {
	{ .vaddr = SAVES, .cfa = EHFRAME_CFA_RSP, .cfa_off = 8 },
	{ .vaddr = SAVES + 1, .cfa = EHFRAME_CFA_RSP, .cfa_off = 16 },
	{ .vaddr = SAVES + 4,
	  .cfa = EHFRAME_CFA_RSP,
	  .cfa_off = 32,
	  .fp = EHFRAME_FP_AT_CFA,
	  .fp_off = -40 },
	{ .vaddr = SAVES + 80, .cfa = EHFRAME_CFA_RSP, .cfa_off = 8 },
	{ .vaddr = SAVES + 81, .cfa = EHFRAME_CFA_NONE },
	{ .vaddr = SAVES_NO, .cfa = EHFRAME_CFA_RSP, .cfa_off = 8 },
	{ .vaddr = SAVES_NO + 1, .cfa = EHFRAME_CFA_RSP, .cfa_off = 16 },
	{ .vaddr = SAVES_NO + 9, .cfa = EHFRAME_CFA_RSP, .cfa_off = 8 },
	{ .vaddr = SAVES_NO + 10, .cfa = EHFRAME_CFA_NONE },
};
static const struct ehframe_table saves = { .rows = saves_rows, .row_cnt = 9 };

static uint8_t text[64]; /* the resolver's */

static const uint8_t *code_bytes(void *ctx, uint64_t vaddr, size_t size)
{
	assert_true(vaddr >= RESOLVER && vaddr - RESOLVER + size <= sizeof(text));
	return ctx ? ctx : text + (vaddr - RESOLVER);
}

static void put_call(size_t at, uint64_t target)
{
	int32_t distance = (int32_t)(target - (RESOLVER + at + 5));

	text[at] = 0xe8;
	memcpy(text + at + 1, &distance, sizeof(distance));
}

static struct ehframe_table *calls(void)
{
	const struct ehframe_code code = { code_bytes, NULL };
	struct ehframe_table *out;

	assert_int_equal(ehframe_rbx_calls(&table, &saves, &code, &out), 0);
	return out;
}

static void a_call_has_the_cfa_where_the_callee_saves_rbx(void **state)
{
	struct ehframe_table *t, *over;

	memset(text, 0x90, sizeof(text));
	put_call(24, SAVES);
	t = calls();
	assert_int_equal(t->row_cnt, 2);
	assert_int_equal(t->rows[0].vaddr, RESOLVER + 25);
	assert_int_equal(t->rows[0].cfa, EHFRAME_CFA_DEREF_RSP);
	assert_int_equal(t->rows[0].deref.at, -40);
	assert_int_equal(t->rows[0].deref.add, 24);
	assert_int_equal(t->rows[1].vaddr, RESOLVER + 29);
	assert_int_equal(t->rows[1].cfa, EHFRAME_CFA_NONE);

	assert_int_equal(ehframe_overlay(&table, t, &over), 0);
	assert_int_equal(over->row_cnt, 5);
	assert_int_equal(over->rows[1].cfa, EHFRAME_CFA_REG);
	assert_int_equal(over->rows[2].cfa, EHFRAME_CFA_DEREF_RSP);
	assert_int_equal(over->rows[3].vaddr, RESOLVER + 29);
	assert_int_equal(over->rows[3].cfa, EHFRAME_CFA_REG);
	ehframe_free(over);
	ehframe_free(t);
}

static void other_calls_are_left_alone(void **state)
{
	static const uint64_t targets[] = { SAVES_NO,  SAVES + 1,     SAVES + 4, SAVES + 80,
					    SAVES - 1, SAVES_NO + 10, 0,	 RESOLVER + 40 };

	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct ehframe_table *t;

		memset(text, 0x90, sizeof(text));
		put_call(24, targets[i]);
		t = calls();
		/* SAVES + 80 stands like a function's first byte, and saves nothing. */
		assert_int_equal(t->row_cnt, 0);
		ehframe_free(t);
	}
}

static void no_call_goes_over_the_edges(void **state)
{
	struct ehframe_table *t;

	memset(text, 0x90, sizeof(text));
	put_call(2, SAVES);  /* while the CFA is by RSP */
	put_call(59, SAVES); /* the last that there is room for */
	text[58] = 0xe8;
	t = calls();
	assert_int_equal(t->row_cnt, 2);
	assert_int_equal(t->rows[0].vaddr, RESOLVER + 60);
	assert_int_equal(t->rows[1].vaddr, RESOLVER + 64);
	ehframe_free(t);
	memset(text, 0xe8, sizeof(text));
	t = calls();
	assert_int_equal(t->row_cnt, 0);
	ehframe_free(t);
}

/* A table with as many rows as there may be, each unlike its neighbours. */
static struct ehframe_table *full_table(uint64_t vaddr)
{
	struct ehframe_rows filled = { 0 };
	struct ehframe_table *t;

	for (size_t i = 0; i < LIMIT_ROWS; i++) {
		struct ehframe_row row = { .vaddr = vaddr + i, .cfa = EHFRAME_CFA_RSP };

		row.cfa_off = (int32_t)(i % 2 * 8);
		assert_int_equal(ehframe_rows_add(&filled, &row), 0);
	}
	assert_int_equal(ehframe_rows_to_table(&filled, &t), 0);
	return t;
}

static void too_many_rows_leave_no_table(void **state)
{
	struct ehframe_table *lower = full_table(0x1000), *upper = full_table(1 << 30);
	struct ehframe_table *over = lower; /* as of who replaces a table by a larger one */

	assert_int_equal(ehframe_overlay(lower, upper, &over), -ENOSPC);
	assert_null(over);
	ehframe_free(lower);
	ehframe_free(upper);
}

static const uint8_t *count_bytes(void *ctx, uint64_t vaddr, size_t size)
{
	static const uint8_t zeros[LIMIT_ROW_CODE];

	*(uint64_t *)ctx += size;
	return zeros;
}

/* A table that is all resolver: no more of its code is read than resolvers have. */
static void little_code_is_read(void **state)
{
	struct ehframe_table *t = full_table(0x1000), *over;
	uint64_t read = 0;

	for (size_t i = 0; i < t->row_cnt; i++) {
		t->rows[i].vaddr = 0x1000 + i * 1024;
		t->rows[i].cfa = EHFRAME_CFA_REG;
		t->rows[i].reg.off = (int16_t)(i % 2 * 8);
		t->rows[i].reg.num = EHFRAME_RBX;
	}
	assert_int_equal(ehframe_rbx_calls(t, &saves, &(struct ehframe_code){ count_bytes, &read },
					   &over),
			 0);
	assert_true(read >= 4096 && read <= LIMIT_RESOLVER_CODE);
	ehframe_free(over);
	ehframe_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_has_the_cfa_where_the_callee_saves_rbx),
		cmocka_unit_test(other_calls_are_left_alone),
		cmocka_unit_test(no_call_goes_over_the_edges),
		cmocka_unit_test(too_many_rows_leave_no_table),
		cmocka_unit_test(little_code_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
