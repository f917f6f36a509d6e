// SPDX-License-Identifier: BSD-2-Clause
/* test_query.c - which symbol holds an address. */
#include "tests/unit/row.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/query.h"

#define MAX_SYMS 5

/* Fields in the order of struct query_sym: name, start, end, order, rank, sized, label. */
#define SIZED(name, start, end)                                                                    \
	{                                                                                          \
		name, start, end, 0, 0, true, false, NULL                                          \
	}
#define UNSIZED(name, start, end)                                                                  \
	{                                                                                          \
		name, start, end, 0, 0, false, false, NULL                                         \
	}
#define LABEL(name, start, end)                                                                    \
	{                                                                                          \
		name, start, end, 0, 2, false, true, NULL                                          \
	}
#define RANKED(name, start, end, rank)                                                             \
	{                                                                                          \
		name, start, end, 0, rank, true, false, NULL                                       \
	}
#define LINE(name, start, end, no)                                                                 \
	{                                                                                          \
		name, start, end, no, 0, true, false, NULL                                         \
	}

static const struct {
	const char *name;
	struct query_sym syms[MAX_SYMS];
	uint64_t addr;
	const char *want; /* NULL: nothing holds it */
} rows[] = {
	{ "first byte", { SIZED("f", 100, 110) }, 100, "f" },
	{ "last byte", { SIZED("f", 100, 110) }, 109, "f" },
	{ "byte before", { SIZED("f", 100, 110) }, 99, NULL },
	{ "byte behind", { SIZED("f", 100, 110) }, 110, NULL },
	{ "address 0", { SIZED("f", 0, 1) }, 0, "f" },
	{ "the last address but one", { SIZED("f", 0, UINT64_MAX) }, UINT64_MAX - 1, "f" },
	{ "neighbours share no byte", { SIZED("f", 100, 110), SIZED("g", 110, 120) }, 110, "g" },
	{ "the inner of two",
	  { SIZED("outer", 100, 200), SIZED("inner", 150, 160) },
	  155,
	  "inner" },
	{ "behind the inner one",
	  { SIZED("outer", 100, 200), SIZED("inner", 150, 160) },
	  160,
	  "outer" },
	{ "empty range", { SIZED("f", 100, 100) }, 100, NULL },
	{ "global over local", { RANKED("a", 100, 110, 0), RANKED("bb", 100, 110, 2) }, 105, "bb" },
	{ "weak over local", { RANKED("a", 100, 110, 0), RANKED("bb", 100, 110, 1) }, 105, "bb" },
	{ "global over weak", { RANKED("aa", 100, 110, 2), RANKED("b", 100, 110, 1) }, 105, "aa" },
	{ "fewer underscores",
	  { SIZED("__x", 100, 110), SIZED("read_x", 100, 110) },
	  105,
	  "read_x" },
	{ "shorter name", { SIZED("reader", 100, 110), SIZED("xread", 100, 110) }, 105, "xread" },
	{ "alphabet",
	  { SIZED("b", 100, 110), SIZED("a", 100, 110), SIZED("c", 100, 110) },
	  105,
	  "a" },
	{ "the only alias that reaches it",
	  { SIZED("a", 100, 105), SIZED("zz", 100, 110) },
	  107,
	  "zz" },
	{ "function over a nested label",
	  { SIZED("f", 100, 200), { "l", 150, 160, 0, 2, true, true, NULL } },
	  155,
	  "f" },
	{ "a sized label where no function is",
	  { { "l", 150, 160, 0, 2, true, true, NULL } },
	  155,
	  "l" },
	{ "without a size, to the next symbol",
	  { UNSIZED("f", 100, 900), SIZED("g", 200, 210) },
	  199,
	  "f" },
	{ "without a size, not behind the next",
	  { UNSIZED("f", 100, 900), SIZED("g", 200, 210) },
	  210,
	  NULL },
	{ "without a size, to its section's end", { UNSIZED("f", 100, 150) }, 150, NULL },
	{ "without a size, last byte of the section", { UNSIZED("f", 100, 150) }, 149, "f" },
	{ "without a size, below a sized one",
	  { SIZED("big", 50, 300), UNSIZED("f", 100, 900) },
	  120,
	  "big" },
	{ "a twin with a size ends it",
	  { SIZED("f", 100, 110), UNSIZED("f_twin", 100, 900) },
	  115,
	  NULL },
	{ "the nearest of the unsized",
	  { UNSIZED("a", 100, 900), UNSIZED("b", 200, 900), UNSIZED("c", 300, 900) },
	  250,
	  "b" },
	{ "a label ends an unsized function",
	  { UNSIZED("f", 100, 900), LABEL("l", 150, 900) },
	  160,
	  "l" },
	{ "unsized function over its own label",
	  { UNSIZED("f", 100, 900), LABEL("l", 100, 900) },
	  160,
	  "f" },
	{ "label between functions",
	  { SIZED("f", 100, 110), LABEL("l", 120, 900), SIZED("g", 200, 210) },
	  130,
	  "l" },
	{ "label inside the function before the gap",
	  { SIZED("f", 100, 110), LABEL("l", 105, 900) },
	  115,
	  NULL },
	{ "later line of a perf map",
	  { LINE("old", 150, 160, 1), LINE("new", 100, 200, 2) },
	  155,
	  "new" },
	{ "earlier line where the later ends",
	  { LINE("old", 100, 200, 1), LINE("new", 150, 160, 2) },
	  170,
	  "old" },
};

static size_t sym_cnt(const struct query_sym *syms)
{
	size_t cnt = 0;

	while (cnt < MAX_SYMS && syms[cnt].name)
		cnt++;
	return cnt;
}

/* ASK one address or, among bystanders, many; offer forwards or backwards. */
static void check_row(size_t i, bool crowd, bool backwards)
{
	uint64_t addrs[400];
	size_t cnt = sym_cnt(rows[i].syms), addr_cnt = 0;
	const struct query_sym *sym;
	struct query *q;
	char row[128];

	snprintf(row, sizeof(row), "%s%s%s", rows[i].name, crowd ? ", in a crowd" : "",
		 backwards ? ", backwards" : "");
	addrs[addr_cnt++] = rows[i].addr;
	for (uint64_t a = 310; crowd && a--;)
		addrs[addr_cnt++] = a;
	ROW_EQUAL(row, query_new(addrs, addr_cnt, &q), 0);
	for (size_t s = 0; s < cnt; s++)
		query_offer(q, &rows[i].syms[backwards ? cnt - 1 - s : s]);
	ROW_EQUAL(row, query_finish(q), 0);
	sym = query_find(q, rows[i].addr);
	if (!rows[i].want ? sym != NULL : !sym || strcmp(sym->name, rows[i].want))
		fail_msg("[%s] got %s, want %s", row, sym ? sym->name : "none",
			 rows[i].want ? rows[i].want : "none");
	query_free(q);
}

static void chooses_by_the_stated_order(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check_row(i, false, false);
		check_row(i, false, true);
		check_row(i, true, false);
		check_row(i, true, true);
	}
}

static void copes_with_no_address(void **state)
{
	struct query_sym sym = SIZED("f", 0, 10);
	struct query *q;

	assert_int_equal(query_new(NULL, 0, &q), 0);
	query_offer(q, &sym);
	assert_int_equal(query_finish(q), 0);
	assert_null(query_find(q, 5));
	query_free(q);
}

static void finds_only_what_was_asked(void **state)
{
	const uint64_t addrs[] = { 20, 10, 20, 10 };
	struct query_sym sym = SIZED("f", 0, 100);
	struct query *q;

	assert_int_equal(query_new(addrs, ARRAY_SIZE(addrs), &q), 0);
	query_offer(q, &sym);
	assert_int_equal(query_finish(q), 0);
	assert_non_null(query_find(q, 10));
	assert_non_null(query_find(q, 20));
	assert_null(query_find(q, 15));
	assert_null(query_find(q, 21));
	query_free(q);
}

/* The definition, without any cleverness: sized symbols of distinct starts only. */
static const struct query_sym *oracle(const struct query_sym *syms, size_t cnt, uint64_t addr)
{
	const struct query_sym *best = NULL;

	for (size_t i = 0; i < cnt; i++) {
		if (addr >= syms[i].start && addr < syms[i].end &&
		    (!best || syms[i].start > best->start))
			best = &syms[i];
	}
	return best;
}

/* Many overlaps and few addresses: candidates are dropped on the way. */
static void agrees_with_the_definition(void **state)
{
	enum { SYMS = 3000, ADDRS = 50, SPAN = 100000 };
	struct query_sym *syms = calloc(SYMS, sizeof(*syms));
	uint64_t addrs[ADDRS];
	struct query *q;

	assert_non_null(syms);
	srand(7);
	for (size_t i = 0; i < SYMS; i++) {
		/* A permutation of distinct starts, since 31 and SYMS have no factor in common. */
		syms[i].start = i * 31 % SYMS * (SPAN / SYMS);
		syms[i].end = syms[i].start + 1 + rand() % SPAN;
		syms[i].name = "x";
		syms[i].sized = true;
	}
	for (size_t i = 0; i < ADDRS; i++)
		addrs[i] = rand() % SPAN;
	assert_int_equal(query_new(addrs, ADDRS, &q), 0);
	for (size_t i = 0; i < SYMS; i++)
		query_offer(q, &syms[i]);
	assert_int_equal(query_finish(q), 0);
	for (size_t i = 0; i < ADDRS; i++) {
		const struct query_sym *want = oracle(syms, SYMS, addrs[i]);
		const struct query_sym *got = query_find(q, addrs[i]);

		assert_true(want && got);
		assert_int_equal(got->start, want->start);
	}
	query_free(q);
	free(syms);
}

/* Every symbol over every address: N * K would take minutes here. */
static void survives_a_hostile_table(void **state)
{
	enum { SYMS = 100000, ADDRS = 100000 };
	uint64_t *addrs = calloc(ADDRS, sizeof(*addrs));
	struct query *q;

	assert_non_null(addrs);
	for (size_t i = 0; i < ADDRS; i++)
		addrs[i] = SYMS + i;
	assert_int_equal(query_new(addrs, ADDRS, &q), 0);
	for (size_t i = 0; i < SYMS; i++) {
		struct query_sym sym = SIZED("f", i * 7919 % SYMS, SYMS + ADDRS);

		query_offer(q, &sym);
	}
	assert_int_equal(query_finish(q), 0);
	assert_int_equal(query_find(q, SYMS)->start, SYMS - 1);
	assert_int_equal(query_find(q, SYMS + ADDRS - 1)->start, SYMS - 1);
	query_free(q);
	free(addrs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_by_the_stated_order),
		cmocka_unit_test(copes_with_no_address),
		cmocka_unit_test(finds_only_what_was_asked),
		cmocka_unit_test(agrees_with_the_definition),
		cmocka_unit_test(survives_a_hostile_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
