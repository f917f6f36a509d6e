// SPDX-License-Identifier: BSD-2-Clause
/* test_ehframe_limits.c - sections that are damaged, or larger than ehframe.h allows. */
#include <errno.h>

#include "symbolize/limits.h"
#include "tests/unit/ehframe_bytes.h"

static void survives_damaged_sections(void **state)
{
	struct ehframe_section plain = { 0 }, unbounded = { .unbounded = true };
	struct image im = { 0 };
	size_t cie, fde;

	check_image("empty", &im, plain, "");
	cie = put_cie(&im, &usual_cie);
	check_image("a CIE alone", &im, plain, "");
	fde = im.size;
	put_fde(&im, cie, CODE_VADDR, CODE_SIZE, "", 0);
	put_fde(&im, fde, CODE_VADDR + 0x80, CODE_SIZE, "", 0);
	check_image("the CIE pointer leads to an FDE", &im, plain, "+0 rsp+8; +40 none; bad 1");
	put_fde(&im, im.size, CODE_VADDR + 0x80, CODE_SIZE, "", 0);
	check_image("the CIE pointer leads to its own entry", &im, plain,
		    "+0 rsp+8; +40 none; bad 2");
	put_fde(&im, im.size + 4096, CODE_VADDR + 0x80, CODE_SIZE, "", 0);
	check_image("the CIE pointer leads out of the section", &im, plain,
		    "+0 rsp+8; +40 none; bad 3");
	put_fde(&im, cie, CODE_VADDR + 0x80, 0x80000000, "", 0);
	check_image("negative size", &im, plain, "+0 rsp+8; +40 none; bad 4");
	put_int(&im, 0, 4);
	check_image("terminator", &im, plain, "+0 rsp+8; +40 none; bad 4");
	put_fde(&im, cie, CODE_VADDR + 0x40, CODE_SIZE, "", 0);
	check_image("more behind the terminator", &im, plain, "+0 rsp+8; +80 none; bad 4");
	check_image("not if it has to end the section", &im, unbounded,
		    "+0 rsp+8; +40 none; bad 4");
	put_int(&im, 1000, 4);
	check_image("a length past the end", &im, plain, "+0 rsp+8; +80 none; bad 5");
}

static void state_nesting_is_bounded(void **state)
{
	uint8_t program[33];

	memset(program, DW_CFA_remember_state, sizeof(program));
	for (size_t depth = 32; depth <= 33; depth++) {
		struct image im = { 0 };
		size_t cie = put_cie(&im, &usual_cie);

		put_fde(&im, cie, CODE_VADDR, CODE_SIZE, program, depth);
		check_image("remember_state", &im, (struct ehframe_section){ 0 },
			    depth == 32 ? "+0 rsp+8; +40 none" : "+0 unsup; +40 none; bad 1");
	}
}

/* One function whose program makes ROW_CNT rows; the end marker comes on top. */
static int parse_many_rows(size_t row_cnt, struct ehframe_table **out)
{
	static const uint8_t row[2][3] = { { DW_CFA_def_cfa_offset, 8, DW_CFA_advance_loc | 1 },
					   { DW_CFA_def_cfa_offset, 16, DW_CFA_advance_loc | 1 } };
	struct ehframe_section sec = { .vaddr = SECTION_VADDR };
	struct image head = { 0 };
	uint8_t *bytes = malloc(sizeof(head.at) + 3 * row_cnt);
	uint32_t length;
	size_t fde;
	int err;

	assert_non_null(bytes);
	put_cie(&head, &usual_cie);
	fde = head.size;
	put_fde(&head, 0, CODE_VADDR, (uint32_t)row_cnt, "", 0);
	length = (uint32_t)(head.size - fde - 4 + 3 * row_cnt);
	memcpy(head.at + fde, &length, 4);
	memcpy(bytes, head.at, head.size);
	for (size_t i = 0; i < row_cnt; i++)
		memcpy(bytes + head.size + 3 * i, row[i % 2], 3);
	sec.bytes = bytes;
	sec.size = head.size + 3 * row_cnt;
	err = ehframe_parse(&sec, out);
	free(bytes);
	return err;
}

/* COPIES of the entry at IM->at + ENTRY behind it: as many CIEs, or FDEs. */
static int parse_many_entries(const struct image *im, size_t entry, size_t copies,
			      struct ehframe_table **out)
{
	/* .debug_frame, because its FDEs can be copied: they say where the CIE is */
	struct ehframe_section sec = { .debug_frame = true };
	size_t size = im->size - entry;
	uint8_t *bytes = malloc(im->size + size * copies);
	int err;

	assert_non_null(bytes);
	memcpy(bytes, im->at, im->size);
	for (size_t i = 0; i < copies; i++)
		memcpy(bytes + im->size + size * i, im->at + entry, size);
	sec.bytes = bytes;
	sec.size = im->size + size * copies;
	err = ehframe_parse(&sec, out);
	free(bytes);
	return err;
}

static void entries_are_bounded(void **state)
{
	struct image im = { 0 };
	struct ehframe_table *t;
	size_t fde;

	put_debug_cie(&im, 4);
	assert_int_equal(parse_many_entries(&im, 0, LIMIT_CIES - 1, &t), 0);
	ehframe_free(t);
	assert_int_equal(parse_many_entries(&im, 0, LIMIT_CIES, &t), -ENOSPC);
	assert_null(t);

	fde = im.size;
	put_debug_fde(&im, 0, 4);
	assert_int_equal(parse_many_entries(&im, fde, LIMIT_FDES - 1, &t), 0);
	check_table("equal FDEs", t, "+0 rsp+8; +40 none");
	assert_int_equal(t->fde_cnt, 1);
	ehframe_free(t);
	assert_int_equal(parse_many_entries(&im, fde, LIMIT_FDES, &t), -ENOSPC);
	assert_null(t);
}

static void rows_are_bounded(void **state)
{
	struct ehframe_section huge = { .size = LIMIT_CFI + 1 };
	struct ehframe_table *t;

	assert_int_equal(parse_many_rows(LIMIT_ROWS - 1, &t), 0);
	assert_int_equal(t->row_cnt, LIMIT_ROWS);
	ehframe_free(t);
	assert_int_equal(parse_many_rows(LIMIT_ROWS, &t), -ENOSPC);
	assert_null(t);
	assert_int_equal(ehframe_parse(&huge, &t), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_damaged_sections),
		cmocka_unit_test(state_nesting_is_bounded),
		cmocka_unit_test(entries_are_bounded),
		cmocka_unit_test(rows_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
