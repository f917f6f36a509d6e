// SPDX-License-Identifier: BSD-2-Clause
/* Rows that come in pieces, packed into pages, say at each address what the whole table says. */
#include "profiler/tables/packer.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define PAGE (1ull << UNWIND_PAGE_BITS)

/* Where store() puts the rows of all pages. */
struct stored {
	struct unwind_row *rows;
	uint32_t cnt, cap, pages, pages_max;
};

static int store(void *ctx, const struct unwind_row *rows, uint32_t cnt, struct unwind_page *page)
{
	struct stored *s = ctx;

	if (s->pages_max && s->pages == s->pages_max)
		return -ENOSPC;
	while (s->cap < s->cnt + cnt) {
		s->cap = s->cap ? s->cap * 2 : 1024;
		s->rows = reallocarray(s->rows, s->cap, sizeof(*s->rows));
		assert_non_null(s->rows);
	}
	memcpy(s->rows + s->cnt, rows, cnt * sizeof(*rows));
	*page = (struct unwind_page){ s->cnt, cnt };
	s->cnt += cnt;
	s->pages++;
	return 0;
}

/* As the BPF program searches it. */
static struct unwind_row find(const struct packer *p, const struct stored *s, uint64_t vaddr)
{
	size_t nr = (vaddr - p->base) >> UNWIND_PAGE_BITS;
	struct unwind_row found = { .kind = UNWIND_CFA_NONE };

	if (nr >= p->page_cnt)
		return found;
	assert_true(p->pages[nr].cnt > 0);
	assert_int_equal(s->rows[p->pages[nr].first].pc_lo, 0);
	for (uint32_t i = 0; i < p->pages[nr].cnt; i++) {
		const struct unwind_row *row = &s->rows[p->pages[nr].first + i];

		assert_true(!i || row->pc_lo > row[-1].pc_lo);
		if (row->pc_lo <= ((vaddr - p->base) & (PAGE - 1)))
			found = *row;
	}
	return found;
}

static void assert_same(const struct packer *p, const struct stored *s,
			const struct ehframe_table *whole, uint64_t vaddr)
{
	struct unwind_row row = find(p, s, vaddr);
	const struct ehframe_row *truth = NULL;

	for (size_t i = 0; i < whole->row_cnt && whole->rows[i].vaddr <= vaddr; i++)
		truth = &whole->rows[i];
	assert_int_equal(row.kind, truth ? UNWIND_KIND(truth->cfa, truth->fp) : UNWIND_CFA_NONE);
	assert_int_equal(row.cfa_off, truth ? truth->cfa_off : 0);
	assert_int_equal(row.fp8, truth ? truth->fp_off / 8 : 0);
}

static void assert_packed(const struct ehframe_row *rows, size_t cnt, uint64_t base)
{
	const struct ehframe_table whole = { .rows = (struct ehframe_row *)rows, .row_cnt = cnt };
	struct stored s = { 0 };
	struct packer p;

	packer_init(&p, base, store, &s);
	for (size_t i = 0; i < cnt; i++)
		assert_int_equal(packer_add(&p, &rows[i], 1), 0);
	assert_int_equal(packer_finish(&p), 0);
	assert_int_equal(p.page_cnt, s.pages);
	for (uint64_t vaddr = base; vaddr < base + 5 * PAGE; vaddr += 16)
		assert_same(&p, &s, &whole, vaddr);
	packer_fini(&p);
	free(s.rows);
}

static struct ehframe_row row_at(uint64_t vaddr, int32_t cfa_off)
{
	return (struct ehframe_row){ .vaddr = vaddr,
				     .cfa_off = cfa_off,
				     .fp_off = -16,
				     .cfa = EHFRAME_CFA_RSP,
				     .fp = EHFRAME_FP_AT_CFA };
}

static void a_page_begins_with_what_holds_there(void **state)
{
	struct ehframe_row rows[] = {
		row_at(0x20000 + 0x100, 8), row_at(0x20000 + 0xfff0, 16),
		row_at(0x40000, 24), /* just where a page begins, and one page is empty before it */
		row_at(0x40010, 32),	    { .vaddr = 0x50020, .cfa = EHFRAME_CFA_NONE },
	};

	assert_packed(rows, sizeof(rows) / sizeof(rows[0]), 0x10000); /* and one is before all */
	assert_packed(rows, sizeof(rows) / sizeof(rows[0]), 0x20000);
}

static void rows_below_the_base_hold_on_above_it(void **state)
{
	struct ehframe_row rows[] = { row_at(0x100, 8),
				      row_at(0x200, 16),
				      row_at(0x10300, 24),
				      { .vaddr = 0x10400, .cfa = EHFRAME_CFA_NONE } };

	assert_packed(rows, 4, 0x10000);
}

static void text_without_end_is_refused(void **state)
{
	struct ehframe_row rows[] = { row_at(0, 8), row_at(UNWIND_PAGES * PAGE, 16) };
	struct stored s = { 0 };
	struct packer p;

	packer_init(&p, 0, store, &s);
	assert_int_equal(packer_add(&p, rows, 2), -ENOSPC);
	packer_fini(&p);
	free(s.rows);
}

static void no_rows_are_no_data(void **state)
{
	struct ehframe_row below = row_at(0x100, 8);
	struct packer p;

	packer_init(&p, 0x10000, store, NULL);
	assert_int_equal(packer_add(&p, &below, 1), 0);
	assert_int_equal(packer_finish(&p), -ENODATA);
	packer_fini(&p);
}

static void a_page_that_finds_no_room_ends_it(void **state)
{
	struct ehframe_row rows[] = { row_at(0, 8), row_at(PAGE, 16), row_at(2 * PAGE, 24) };
	struct stored s = { .pages_max = 1 };
	struct packer p;

	packer_init(&p, 0, store, &s);
	assert_int_equal(packer_add(&p, rows, 3), -ENOSPC);
	assert_int_equal(p.pages[0].cnt, 1);
	assert_int_equal(p.pages[1].cnt, 0);
	packer_fini(&p);
	free(s.rows);
}

/* A real library, of more rows than are given away at once. */
static void pieces_of_a_file_are_the_whole(void **state)
{
	struct ehframe_sink sink = { .rows = packer_add };
	struct ehframe_table *whole, *counts;
	struct stored s = { 0 };
	struct packer p;
	Dl_info libc;
	int fd;

	assert_true(dladdr((void *)(uintptr_t)gnu_get_libc_version, &libc));
	fd = open(libc.dli_fname, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ehframe_load(fd, &whole), 0);
	assert_true(whole->row_cnt > 20000);
	packer_init(&p, 0, store, &s);
	sink.ctx = &p;
	assert_int_equal(ehframe_load_to(fd, &sink, &counts), 0);
	assert_int_equal(packer_finish(&p), 0);
	assert_int_equal(counts->row_cnt, whole->row_cnt);
	assert_int_equal(counts->fde_cnt, whole->fde_cnt);
	assert_null(counts->rows);
	for (size_t i = 0; i < whole->row_cnt; i += 7) {
		assert_same(&p, &s, whole, whole->rows[i].vaddr);
		assert_same(&p, &s, whole, whole->rows[i].vaddr - 1);
	}
	packer_fini(&p);
	free(s.rows);
	ehframe_free(whole);
	ehframe_free(counts);
	close(fd);
}

static int refuse_rows(void *ctx, const struct ehframe_row *rows, size_t cnt)
{
	return -EDOM;
}

static void what_a_sink_refuses_is_the_error(void **state)
{
	struct ehframe_sink sink = { .rows = refuse_rows };
	struct ehframe_table *counts = (struct ehframe_table *)&sink;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ehframe_load_to(fd, &sink, &counts), -EDOM);
	assert_null(counts);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_begins_with_what_holds_there),
		cmocka_unit_test(rows_below_the_base_hold_on_above_it),
		cmocka_unit_test(text_without_end_is_refused),
		cmocka_unit_test(no_rows_are_no_data),
		cmocka_unit_test(a_page_that_finds_no_room_ends_it),
		cmocka_unit_test(pieces_of_a_file_are_the_whole),
		cmocka_unit_test(what_a_sink_refuses_is_the_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
