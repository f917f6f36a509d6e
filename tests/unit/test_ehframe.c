// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_ehframe.c - CFI bytes in, rows out, compared as text:
 *
 *     +4 rbp+16 fp@cfa-16      from start+4: CFA = RBP + 16, RBP saved at CFA - 16
 *
 * The bytes are written here by hand, so that each rule and each trap has its
 * case; the damage tests take this program's own .eh_frame.
 */
#include "symbolize/ehframe.h"

#include <dwarf.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define SECTION_VADDR 0x8000 /* where the hand-written section is loaded */
#define CODE_VADDR    0x401000
#define CODE_SIZE     0x40

#define BYTES(...)    { { __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }) }
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct bytes {
	uint8_t at[40];
	size_t size;
};

/* A section being written. */
struct image {
	uint8_t at[4096];
	size_t size;
	size_t entry; /* offset of the entry being written */
};

static void put(struct image *im, const void *bytes, size_t size)
{
	assert_true(im->size + size <= sizeof(im->at));
	memcpy(im->at + im->size, bytes, size);
	im->size += size;
}

static void put_int(struct image *im, uint64_t v, size_t size)
{
	put(im, &v, size);
}

static void entry_begin(struct image *im, uint64_t id, size_t id_size)
{
	im->entry = im->size;
	if (id_size == 8) /* 64-bit DWARF */
		put_int(im, UINT32_MAX, 4);
	put_int(im, 0, id_size);
	put_int(im, id, id_size);
}

static void entry_end(struct image *im, size_t id_size)
{
	size_t head = id_size == 8 ? 12 : 4;
	uint64_t length = im->size - im->entry - head;

	memcpy(im->at + im->entry + head - id_size, &length, id_size);
}

static const struct bytes usual_cie = BYTES(1, 'z', 'R', 0, 1, 0x78, 16, 1,
					    DW_EH_PE_pcrel | DW_EH_PE_sdata4,
					    DW_CFA_def_cfa, 7, 8, DW_CFA_offset | 16, 1);

/* Returns the entry's offset. */
static size_t put_cie(struct image *im, const struct bytes *body)
{
	entry_begin(im, 0, 4);
	put(im, body->at, body->size);
	entry_end(im, 4);
	return im->entry;
}

static void put_fde(struct image *im, size_t cie, uint64_t start, uint32_t size,
		    const void *program, size_t program_size)
{
	entry_begin(im, im->size + 4 - cie, 4);
	put_int(im, start - (SECTION_VADDR + im->size), 4);
	put_int(im, size, 4);
	put_int(im, 0, 1); /* augmentation data: none */
	put(im, program, program_size);
	entry_end(im, 4);
}

static void format_row(char *text, size_t size, const struct ehframe_row *r, uint64_t base)
{
	char at[24], rule[48], fp[24] = "";

	snprintf(at, sizeof(at), "+%llx", (unsigned long long)(r->vaddr - base));
	switch (r->cfa) {
	case EHFRAME_CFA_RSP:
		snprintf(rule, sizeof(rule), "rsp%+d", r->cfa_off);
		break;
	case EHFRAME_CFA_RBP:
		snprintf(rule, sizeof(rule), "rbp%+d", r->cfa_off);
		break;
	case EHFRAME_CFA_REG:
		snprintf(rule, sizeof(rule), "r%u%+d", r->reg.num, r->reg.off);
		break;
	case EHFRAME_CFA_PLT:
		snprintf(rule, sizeof(rule), "plt%d", r->cfa_off);
		break;
	case EHFRAME_CFA_DEREF_RSP:
		snprintf(rule, sizeof(rule), "*(rsp%+d)%+d", r->deref.at, r->deref.add);
		break;
	case EHFRAME_CFA_DEREF_RBP:
		snprintf(rule, sizeof(rule), "*(rbp%+d)%+d", r->deref.at, r->deref.add);
		break;
	case EHFRAME_CFA_RA_REG:
		snprintf(rule, sizeof(rule), "rsp%+d ra=r%u", r->reg.off, r->reg.num);
		break;
	default:
		snprintf(rule, sizeof(rule), "%s",
			 r->cfa == EHFRAME_CFA_NONE   ? "none" :
			 r->cfa == EHFRAME_CFA_SIGNAL ? "signal" :
			 r->cfa == EHFRAME_CFA_END    ? "end" :
			 r->cfa == EHFRAME_CFA_UNSUP  ? "unsup" : "?");
	}
	if (r->fp == EHFRAME_FP_AT_CFA || r->fp == EHFRAME_FP_AT_FP)
		snprintf(fp, sizeof(fp), " fp@%s%+d", r->fp == EHFRAME_FP_AT_CFA ? "cfa" : "fp",
			 r->fp_off);
	else if (r->fp == EHFRAME_FP_LOST)
		snprintf(fp, sizeof(fp), " fp lost");
	snprintf(text, size, "%s %s%s; ", at, rule, fp);
}

/* What every table promises, whatever the input was. */
static void check_promises(const struct ehframe_table *t)
{
	const struct ehframe_row *r = t->rows;

	for (size_t i = 0; i < t->row_cnt; i++) {
		if (r[i].cfa >= EHFRAME_CFA_CNT || r[i].fp >= EHFRAME_FP_CNT || r[i].fp_off % 8)
			fail_msg("row %zu: cfa %u, fp %u at %d", i, r[i].cfa, r[i].fp, r[i].fp_off);
		if ((r[i].cfa == EHFRAME_CFA_NONE || r[i].cfa > EHFRAME_CFA_DEREF_RBP) &&
		    (r[i].fp || r[i].fp_off || (r[i].cfa != EHFRAME_CFA_RA_REG && r[i].cfa_off)))
			fail_msg("row %zu has fields it does not use", i);
		if (i && r[i - 1].vaddr >= r[i].vaddr)
			fail_msg("rows %zu and %zu are not in order", i - 1, i);
		if (i && !memcmp(&r[i - 1].cfa_off, &r[i].cfa_off, sizeof(*r) - sizeof(r->vaddr)))
			fail_msg("rows %zu and %zu are equal", i - 1, i);
	}
	if (t->row_cnt)
		assert_int_equal(r[t->row_cnt - 1].cfa, EHFRAME_CFA_NONE);
}

static void check_table(const char *name, const struct ehframe_table *t, const char *want)
{
	char text[2048] = "";
	size_t len = 0;

	check_promises(t);
	for (size_t i = 0; i < t->row_cnt; i++) {
		format_row(text + len, sizeof(text) - len, &t->rows[i], CODE_VADDR);
		len += strlen(text + len);
	}
	if (t->bad_cnt)
		snprintf(text + len, sizeof(text) - len, "bad %zu", t->bad_cnt);
	else if (len)
		text[len - 2] = '\0';
	if (strcmp(text, want))
		fail_msg("[%s]\n got %s\nwant %s", name, text, want);
}

/* A copy of the exact size, so that a read past the end is one for ASan. */
static struct ehframe_table *parse(const uint8_t *bytes, size_t size, struct ehframe_section sec)
{
	struct ehframe_table *t;
	uint8_t *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	sec.bytes = copy;
	sec.size = size;
	if (!sec.vaddr)
		sec.vaddr = SECTION_VADDR;
	assert_int_equal(ehframe_parse(&sec, &t), 0);
	free(copy);
	return t;
}

static void check_image(const char *name, const struct image *im, struct ehframe_section sec,
			const char *want)
{
	struct ehframe_table *t = parse(im->at, im->size, sec);

	check_table(name, t, want);
	ehframe_free(t);
}

#define ADV(n)	   (DW_CFA_advance_loc | (n))
#define PUSH_RBP   ADV(1), DW_CFA_def_cfa_offset, 16, DW_CFA_offset | 6, 2
#define PLT_EXPR(n) DW_CFA_def_cfa_expression, 11, DW_OP_breg7, 8, DW_OP_breg16, 0, DW_OP_lit15, \
		    DW_OP_and, DW_OP_lit0 + (n), DW_OP_ge, DW_OP_lit3, DW_OP_shl, DW_OP_plus

static void runs_each_instruction(void **state)
{
	static const struct {
		const char *name, *want;
		struct bytes program;
	} cases[] = {
		{ "nothing", "+0 rsp+8; +40 none", BYTES(DW_CFA_nop) },
		{ "push rbp", "+0 rsp+8; +1 rsp+16 fp@cfa-16; +40 none", BYTES(PUSH_RBP) },
		{ "def_cfa_register keeps the offset",
		  "+0 rsp+8; +1 rsp+16 fp@cfa-16; +4 rbp+16 fp@cfa-16; +40 none",
		  BYTES(PUSH_RBP, ADV(3), DW_CFA_def_cfa_register, 6) },
		{ "def_cfa_sf is factored", "+0 rsp+24; +40 none",
		  BYTES(DW_CFA_def_cfa_sf, 7, 0x7d) },
		{ "def_cfa_offset_sf is factored", "+0 rsp-8; +40 none",
		  BYTES(DW_CFA_def_cfa_offset_sf, 1) },
		{ "advance_loc1", "+0 rsp+8; +3f rsp+16; +40 none",
		  BYTES(DW_CFA_advance_loc1, 0x3f, DW_CFA_def_cfa_offset, 16) },
		{ "advance_loc2", "+0 rsp+8; +20 rsp+16; +40 none",
		  BYTES(DW_CFA_advance_loc2, 0x20, 0, DW_CFA_def_cfa_offset, 16) },
		{ "advance_loc4", "+0 rsp+8; +20 rsp+16; +40 none",
		  BYTES(DW_CFA_advance_loc4, 0x20, 0, 0, 0, DW_CFA_def_cfa_offset, 16) },
		{ "advance by 0 makes no row", "+0 rsp+16; +40 none",
		  BYTES(ADV(0), DW_CFA_def_cfa_offset, 16) },
		{ "advance to the end makes no row", "+0 rsp+8; +40 none",
		  BYTES(DW_CFA_advance_loc1, 0x40, DW_CFA_def_cfa_offset, 16) },
		{ "advance past the end makes no row", "+0 rsp+8; +40 none",
		  BYTES(DW_CFA_advance_loc4, 255, 255, 255, 255, DW_CFA_def_cfa_offset, 16) },
		{ "equal neighbours are one row", "+0 rsp+8; +20 rsp+16; +40 none",
		  BYTES(ADV(16), DW_CFA_offset | 3, 3, ADV(16), DW_CFA_def_cfa_offset, 16) },
		{ "offset_extended", "+0 rsp+8 fp@cfa-32; +40 none",
		  BYTES(DW_CFA_offset_extended, 6, 4) },
		{ "offset_extended_sf", "+0 rsp+8 fp@cfa+16; +40 none",
		  BYTES(DW_CFA_offset_extended_sf, 6, 0x7e) },
		{ "GNU_negative_offset_extended", "+0 rsp+8 fp@cfa+24; +40 none",
		  BYTES(DW_CFA_GNU_negative_offset_extended, 6, 3) },
		{ "rbp at the lowest offset a row has", "+0 rsp+8 fp@cfa-1024; +40 none",
		  BYTES(DW_CFA_offset | 6, 0x80, 1) },
		{ "rbp one lower is lost", "+0 rsp+8 fp lost; +40 none",
		  BYTES(DW_CFA_offset | 6, 0x81, 1) },
		{ "rbp at the highest offset a row has", "+0 rsp+8 fp@cfa+1016; +40 none",
		  BYTES(DW_CFA_offset_extended_sf, 6, 0x81, 0x7f) },
		{ "rbp one higher is lost", "+0 rsp+8 fp lost; +40 none",
		  BYTES(DW_CFA_offset_extended_sf, 6, 0x80, 0x7f) },
		{ "rbp not at a word is lost", "+0 rsp+8 fp lost; +40 none",
		  BYTES(DW_CFA_expression, 6, 2, DW_OP_breg6, 0x7c) },
		{ "restore", "+0 rsp+8 fp@cfa-16; +1 rsp+8; +40 none",
		  BYTES(DW_CFA_offset | 6, 2, ADV(1), DW_CFA_restore | 6) },
		{ "restore_extended", "+0 rsp+8 fp@cfa-16; +1 rsp+8; +40 none",
		  BYTES(DW_CFA_offset | 6, 2, ADV(1), DW_CFA_restore_extended, 6) },
		{ "same_value", "+0 rsp+8 fp@cfa-16; +1 rsp+8; +40 none",
		  BYTES(DW_CFA_offset | 6, 2, ADV(1), DW_CFA_same_value, 6) },
		{ "undefined rbp", "+0 rsp+8 fp lost; +40 none", BYTES(DW_CFA_undefined, 6) },
		{ "rbp in a register", "+0 rsp+8 fp lost; +40 none", BYTES(DW_CFA_register, 6, 3) },
		{ "rbp by val_expression", "+0 rsp+8 fp lost; +40 none",
		  BYTES(DW_CFA_val_expression, 6, 2, DW_OP_breg7, 0) },
		{ "another register by val_expression does not matter", "+0 rsp+8; +40 none",
		  BYTES(DW_CFA_val_expression, 3, 2, DW_OP_breg7, 0) },
		{ "rbp by val_offset", "+0 rsp+8 fp lost; +40 none",
		  BYTES(DW_CFA_val_offset, 6, 2) },
		{ "rsp by val_offset 0 is the CFA", "+0 rsp+8; +40 none",
		  BYTES(DW_CFA_val_offset, 7, 0) },
		{ "rsp by val_offset_sf is not the CFA", "+0 unsup; +40 none",
		  BYTES(DW_CFA_val_offset_sf, 7, 1) },
		{ "rbp by expression: realigned frame", "+0 rsp+8 fp@fp-8; +40 none",
		  BYTES(DW_CFA_expression, 6, 2, DW_OP_breg6, 0x78) },
		{ "rbp by another expression", "+0 rsp+8 fp lost; +40 none",
		  BYTES(DW_CFA_expression, 6, 2, DW_OP_breg7, 0x78) },
		{ "rbp by an expression with more behind", "+0 rsp+8 fp lost; +40 none",
		  BYTES(DW_CFA_expression, 6, 3, DW_OP_breg6, 0x78, DW_OP_deref) },
		{ "remember and restore include the CFA",
		  "+0 rsp+8; +1 rsp+16 fp@cfa-16; +2 rsp+8; +3 rsp+16 fp@cfa-16; +40 none",
		  BYTES(PUSH_RBP, DW_CFA_remember_state, ADV(1), DW_CFA_restore | 6,
			DW_CFA_def_cfa_offset, 8, ADV(1), DW_CFA_restore_state) },
		{ "restore_state without one", "+0 unsup; +40 none; bad 1",
		  BYTES(DW_CFA_restore_state) },
		{ "GNU_args_size is skipped", "+0 rsp+16; +40 none",
		  BYTES(DW_CFA_GNU_args_size, 0x80, 1, DW_CFA_def_cfa_offset, 16) },
		{ "set_loc", "+0 rsp+8; +8 rsp+16; +40 none",
		  /* pc-relative: the operand is at 40 in the section */
		  BYTES(DW_CFA_set_loc, 0xe0, 0x8f, 0x3f, 0, DW_CFA_def_cfa_offset, 16) },
		{ "set_loc backwards", "+0 unsup; +40 none; bad 1",
		  BYTES(DW_CFA_set_loc, 0, 0, 0, 0) },
		{ "PLT", "+0 plt11; +40 none", BYTES(PLT_EXPR(11)) },
		{ "PLT with endbr64", "+0 plt10; +40 none", BYTES(PLT_EXPR(10)) },
		{ "almost a PLT", "+0 unsup; +40 none",
		  BYTES(DW_CFA_def_cfa_expression, 11, DW_OP_breg7, 16, DW_OP_breg16, 0,
			DW_OP_lit15, DW_OP_and, DW_OP_lit11, DW_OP_ge, DW_OP_lit3, DW_OP_shl,
			DW_OP_plus) },
		{ "realigned, by rsp", "+0 *(rsp+136)+8; +40 none",
		  BYTES(DW_CFA_def_cfa_expression, 6, DW_OP_breg7, 0x88, 1, DW_OP_deref,
			DW_OP_plus_uconst, 8) },
		{ "realigned, by rbp", "+0 *(rbp-8)+0; +40 none",
		  BYTES(DW_CFA_def_cfa_expression, 3, DW_OP_breg6, 0x78, DW_OP_deref) },
		{ "no deref", "+0 unsup; +40 none",
		  BYTES(DW_CFA_def_cfa_expression, 2, DW_OP_breg6, 0x78) },
		{ "another operator behind deref", "+0 unsup; +40 none",
		  BYTES(DW_CFA_def_cfa_expression, 4, DW_OP_breg6, 0x78, DW_OP_deref,
			DW_OP_deref) },
		{ "more behind plus_uconst", "+0 unsup; +40 none",
		  BYTES(DW_CFA_def_cfa_expression, 6, DW_OP_breg6, 0x78, DW_OP_deref,
			DW_OP_plus_uconst, 8, DW_OP_deref) },
		{ "deref offset over 16 bits", "+0 unsup; +40 none",
		  BYTES(DW_CFA_def_cfa_expression, 5, DW_OP_breg6, 0x80, 0x80, 2, DW_OP_deref) },
		{ "after an expression def_cfa starts anew", "+0 *(rbp-8)+0; +1 rsp+8; +40 none",
		  BYTES(DW_CFA_def_cfa_expression, 3, DW_OP_breg6, 0x78, DW_OP_deref, ADV(1),
			DW_CFA_def_cfa, 7, 8) },
		{ "after an expression def_cfa_register has the offset from before it",
		  "+0 *(rbp-8)+0; +1 r0+8; +40 none",
		  BYTES(DW_CFA_def_cfa_expression, 3, DW_OP_breg6, 0x78, DW_OP_deref, ADV(1),
			DW_CFA_def_cfa_register, 0) },
		{ "def_cfa_offset leaves an expression, but is kept for later",
		  "+0 *(rbp-8)+0; +2 rsp+56; +40 none",
		  BYTES(DW_CFA_def_cfa_expression, 3, DW_OP_breg6, 0x78, DW_OP_deref, ADV(1),
			DW_CFA_def_cfa_offset, 56, ADV(1), DW_CFA_def_cfa_register, 7) },
		{ "CFA by another register", "+0 r10+0; +40 none", BYTES(DW_CFA_def_cfa, 10, 0) },
		{ "CFA by a register that does not exist", "+0 unsup; +40 none",
		  BYTES(DW_CFA_def_cfa, 17, 0) },
		{ "CFA offset of 32 bits", "+0 rsp+2147483647; +40 none",
		  BYTES(DW_CFA_def_cfa_offset, 255, 255, 255, 255, 7) },
		{ "CFA offset of 33 bits", "+0 unsup; +40 none",
		  BYTES(DW_CFA_def_cfa_offset, 128, 128, 128, 128, 8) },
		{ "return address undefined", "+0 rsp+8; +4 end; +40 none",
		  BYTES(ADV(4), DW_CFA_undefined, 16) },
		{ "return address in rdi", "+0 rsp+8; +1 rsp+0 ra=r5; +2 rsp+8; +40 none",
		  BYTES(ADV(1), DW_CFA_def_cfa_offset, 0, DW_CFA_register, 16, 5, ADV(1),
			DW_CFA_def_cfa_offset, 8, DW_CFA_offset | 16, 1) },
		{ "return address in rdi while rbp is saved", "+0 unsup; +40 none",
		  BYTES(DW_CFA_offset | 6, 2, DW_CFA_register, 16, 5) },
		{ "return address elsewhere", "+0 unsup; +40 none", BYTES(DW_CFA_offset | 16, 2) },
		{ "return address by expression", "+0 unsup; +40 none",
		  BYTES(DW_CFA_expression, 16, 2, DW_OP_breg7, 0) },
		{ "rows before an unknown instruction go too", "+0 unsup; +40 none; bad 1",
		  BYTES(PUSH_RBP, 0x3c) },
		{ "an operand is cut off", "+0 unsup; +40 none; bad 1",
		  BYTES(PUSH_RBP, DW_CFA_def_cfa, 7) },
		{ "a block is cut off", "+0 unsup; +40 none; bad 1",
		  BYTES(DW_CFA_def_cfa_expression, 3, DW_OP_breg6, 0x78) },
		{ "LEB128 of eleven bytes", "+0 unsup; +40 none; bad 1",
		  BYTES(DW_CFA_def_cfa_offset, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
			0) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct image im = { 0 };
		size_t cie = put_cie(&im, &usual_cie);

		put_fde(&im, cie, CODE_VADDR, CODE_SIZE, cases[i].program.at,
			cases[i].program.size);
		check_image(cases[i].name, &im, (struct ehframe_section){ 0 }, cases[i].want);
	}
}

static void reads_each_cie(void **state)
{
#define REST DW_CFA_def_cfa, 7, 8, DW_CFA_offset | 16, 1
#define ENC  (DW_EH_PE_pcrel | DW_EH_PE_sdata4)
	static const struct {
		const char *name, *want;
		struct bytes body;
	} cases[] = {
		{ "version 3", "+0 rsp+8; +40 none",
		  BYTES(3, 'z', 'R', 0, 1, 0x78, 16, 1, ENC, REST) },
		{ "version 4 has two sizes more", "+0 rsp+8; +40 none",
		  BYTES(4, 'z', 'R', 0, 8, 0, 1, 0x78, 16, 1, ENC, REST) },
		{ "addresses of 4 bytes", "bad 2",
		  BYTES(4, 'z', 'R', 0, 4, 0, 1, 0x78, 16, 1, ENC, REST) },
		{ "version 2", "bad 2", BYTES(2, 'z', 'R', 0, 1, 0x78, 16, 1, ENC, REST) },
		{ "return address in another column", "bad 2",
		  BYTES(1, 'z', 'R', 0, 1, 0x78, 30, 1, ENC, REST) },
		{ "personality and LSDA before R", "+0 rsp+8; +40 none",
		  BYTES(1, 'z', 'P', 'L', 'R', 0, 1, 0x78, 16, 7,
			DW_EH_PE_indirect | ENC, 1, 2, 3, 4, ENC, ENC, REST) },
		{ "B has no data", "+0 rsp+8; +40 none",
		  BYTES(1, 'z', 'B', 'R', 0, 1, 0x78, 16, 1, ENC, REST) },
		{ "an unknown letter", "bad 2",
		  BYTES(1, 'z', '?', 'R', 0, 1, 0x78, 16, 1, ENC, REST) },
		{ "augmentation without z", "bad 2",
		  BYTES(1, 'S', 'R', 0, 1, 0x78, 16, 1, ENC, REST) },
		{ "augmentation data cut off", "bad 2",
		  BYTES(1, 'z', 'R', 0, 1, 0x78, 16, 99, ENC, REST) },
		{ "letters without an end", "bad 2", BYTES(1, 'z', 'R', 'R') },
		{ "its program damaged", "+0 unsup; +40 none; bad 2",
		  BYTES(1, 'z', 'R', 0, 1, 0x78, 16, 1, ENC, REST, 0x3c) },
		{ "restore in its own program: the ABI's rule", "+0 rsp+8; +40 none",
		  BYTES(1, 'z', 'R', 0, 1, 0x78, 16, 1, ENC, REST, DW_CFA_offset | 6, 2,
			DW_CFA_restore | 6) },
		{ "no CFA", "+0 unsup; +40 none", BYTES(1, 'z', 'R', 0, 1, 0x78, 16, 1, ENC) },
		{ "indirect addresses", "bad 1",
		  BYTES(1, 'z', 'R', 0, 1, 0x78, 16, 1, ENC | DW_EH_PE_indirect, REST) },
		{ "omitted addresses", "bad 1",
		  BYTES(1, 'z', 'R', 0, 1, 0x78, 16, 1, DW_EH_PE_omit, REST) },
		{ "signal frame by the kernel's layout", "+0 signal; +40 none",
		  BYTES(1, 'z', 'R', 'S', 0, 1, 0x78, 16, 1, ENC, DW_CFA_def_cfa_expression, 4,
			DW_OP_breg7, 0xa0, 1, DW_OP_deref, DW_CFA_expression, 16, 3,
			DW_OP_breg7, 0xa8, 1) },
		{ "signal frame by another layout", "+0 unsup; +40 none",
		  BYTES(1, 'z', 'R', 'S', 0, 1, 0x78, 16, 1, ENC, REST) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct image im = { 0 };
		size_t cie = put_cie(&im, &cases[i].body);

		put_fde(&im, cie, CODE_VADDR, CODE_SIZE, "", 0);
		check_image(cases[i].name, &im, (struct ehframe_section){ 0 }, cases[i].want);
	}
}

static void reads_each_pointer_encoding(void **state)
{
	const uint64_t at = SECTION_VADDR + 30; /* of the FDE's address, see usual_cie */
	const struct {
		const char *name;
		uint8_t encoding;
		uint64_t start;
		size_t size;
		const char *want;
	} cases[] = {
		{ "absptr", DW_EH_PE_absptr, CODE_VADDR, 8, "+0 rsp+8; +40 none" },
		{ "udata8", DW_EH_PE_udata8, CODE_VADDR, 8, "+0 rsp+8; +40 none" },
		{ "sdata8", DW_EH_PE_sdata8, CODE_VADDR, 8, "+0 rsp+8; +40 none" },
		{ "udata4", DW_EH_PE_udata4, CODE_VADDR, 4, "+0 rsp+8; +40 none" },
		{ "pcrel sdata4", ENC, CODE_VADDR - at, 4, "+0 rsp+8; +40 none" },
		{ "pcrel sdata8", DW_EH_PE_pcrel | DW_EH_PE_sdata8, CODE_VADDR - at, 8,
		  "+0 rsp+8; +40 none" },
		{ "textrel udata2", DW_EH_PE_textrel | DW_EH_PE_udata2, 0x1000, 2,
		  "+0 rsp+8; +40 none" },
		{ "datarel sdata2", DW_EH_PE_datarel | DW_EH_PE_sdata2, 0xf000, 2,
		  "+0 rsp+8; +40 none" },
		{ "funcrel", DW_EH_PE_funcrel | DW_EH_PE_udata4, CODE_VADDR, 4, "bad 1" },
		{ "a format that is none", 0x05, CODE_VADDR, 8, "bad 1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ehframe_section sec = { .text_base = 0x400000, .data_base = 0x402000 };
		struct bytes cie = usual_cie;
		struct image im = { 0 };

		cie.at[8] = cases[i].encoding;
		put_cie(&im, &cie);
		entry_begin(&im, im.size + 4, 4);
		assert_int_equal(SECTION_VADDR + im.size, at);
		put_int(&im, cases[i].start, cases[i].size);
		put_int(&im, CODE_SIZE, cases[i].size);
		put_int(&im, 0, 1);
		entry_end(&im, 4);
		check_image(cases[i].name, &im, sec, cases[i].want);
	}
}

/* Two functions: their places in the section, their rows. */
static void orders_functions(void **state)
{
	static const struct {
		const char *name;
		uint64_t start[2];
		uint32_t size[2];
		const char *want;
	} cases[] = {
		{ "end to end", { 0, 0x40 }, { 0x40, 0x40 }, "+0 rsp+16; +40 rsp+24; +80 none" },
		{ "out of order", { 0x40, 0 }, { 0x40, 0x40 }, "+0 rsp+24; +40 rsp+16; +80 none" },
		{ "padding of 15", { 0, 0x4f }, { 0x40, 1 }, "+0 rsp+16; +4f rsp+24; +50 none" },
		{ "gap of 16", { 0, 0x50 }, { 0x40, 1 },
		  "+0 rsp+16; +40 none; +50 rsp+24; +51 none" },
		{ "overlap: the later start wins", { 0, 0x20 }, { 0x40, 0x40 },
		  "+0 rsp+16; +20 rsp+24; +60 none" },
		{ "one inside the other", { 0, 0x20 }, { 0x80, 0x10 },
		  "+0 rsp+16; +20 rsp+24; +30 none" },
		{ "same start: the first wins", { 0, 0 }, { 0x40, 0x50 }, "+0 rsp+16; +40 none" },
		{ "empty", { 0, 0x20 }, { 0x40, 0 }, "+0 rsp+16; +40 none" },
		{ "discarded by the linker", { -(uint64_t)CODE_VADDR, 0x40 }, { 0x40, 0x40 },
		  "+40 rsp+24; +80 none" },
	};
	static const uint8_t program[2][2] = { { DW_CFA_def_cfa_offset, 16 },
					       { DW_CFA_def_cfa_offset, 24 } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct image im = { 0 };
		size_t cie = put_cie(&im, &usual_cie);

		for (int k = 0; k < 2; k++)
			put_fde(&im, cie, CODE_VADDR + cases[i].start[k], cases[i].size[k],
				program[k], 2);
		check_image(cases[i].name, &im, (struct ehframe_section){ 0 }, cases[i].want);
	}
}

/* Far apart, so that each digit of an address counts; the last two have one start. */
static void orders_any_addresses(void **state)
{
	static const struct bytes cie = BYTES(1, 0, 1, 0x78, 16, DW_CFA_def_cfa, 7, 8);
	static const uint64_t starts[] = { 0xffff000000000000, 0x7fff00000000, 0x401000, 0x400fe0,
					   0x400fc0, 0x123456789000, 0x401000 };
	struct image im = { 0 };

	put_cie(&im, &cie);
	for (uint8_t i = 0; i < ARRAY_SIZE(starts); i++) {
		entry_begin(&im, im.size + 4, 4);
		put_int(&im, starts[i], 8);
		put_int(&im, 0x20, 8);
		put_int(&im, DW_CFA_def_cfa_offset, 1);
		put_int(&im, i, 1);
		entry_end(&im, 4);
	}
	check_image("far apart", &im, (struct ehframe_section){ 0 },
		    "+ffffffffffffffc0 rsp+4; +ffffffffffffffe0 rsp+3; +0 rsp+2; +20 none; "
		    "+123456388000 rsp+5; +123456388020 none; +7ffeffbff000 rsp+1; "
		    "+7ffeffbff020 none; +fffeffffffbff000 rsp+0; +fffeffffffbff020 none");
}

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

/* An FDE of .debug_frame: absolute addresses, the CIE by its offset. */
static void put_debug_fde(struct image *im, uint64_t cie, size_t id_size)
{
	entry_begin(im, cie, id_size);
	put_int(im, CODE_VADDR, 8);
	put_int(im, CODE_SIZE, 8);
	entry_end(im, id_size);
}

static void put_debug_cie(struct image *im, size_t id_size)
{
	static const struct bytes body = BYTES(4, 0, 8, 0, 1, 0x78, 16, DW_CFA_def_cfa, 7, 8);

	entry_begin(im, UINT64_MAX, id_size);
	put(im, body.at, body.size);
	entry_end(im, id_size);
}

static void reads_debug_frame(void **state)
{
	static const char *const want = "+0 rsp+8; +40 none";
	struct ehframe_section sec = { .debug_frame = true };

	for (size_t id_size = 4; id_size <= 8; id_size += 4) {
		struct image before = { 0 }, after = { 0 };
		size_t fde_size;

		put_debug_cie(&before, id_size);
		put_debug_fde(&before, 0, id_size);
		check_image("CIE first", &before, sec, want);

		put_debug_fde(&after, 0, id_size);
		fde_size = after.size;
		after.size = 0;
		put_debug_fde(&after, fde_size, id_size);
		put_debug_cie(&after, id_size);
		check_image("CIE behind its FDE", &after, sec, want);
	}
}

static void long_lengths_are_read(void **state)
{
	struct image im = { 0 };
	uint64_t length = usual_cie.size + 4;

	/* In .eh_frame the id has 4 bytes even then: LSB Core, 10.6.1.1. */
	put_int(&im, UINT32_MAX, 4);
	put_int(&im, length, 8);
	put_int(&im, 0, 4);
	put(&im, usual_cie.at, usual_cie.size);
	put_fde(&im, 0, CODE_VADDR, CODE_SIZE, "", 0);
	check_image("64-bit length", &im, (struct ehframe_section){ 0 }, "+0 rsp+8; +40 none");
	memset(im.at + 4, 255, 8);
	check_image("64-bit length past the end", &im, (struct ehframe_section){ 0 }, "bad 1");
}

static void restore_goes_back_to_the_cie(void **state)
{
	static const uint8_t program[] = { DW_CFA_same_value, 6, ADV(1), DW_CFA_restore | 6 };
	struct bytes cie = usual_cie;
	struct image im = { 0 };

	cie.at[cie.size++] = DW_CFA_offset | 6;
	cie.at[cie.size++] = 2;
	put_cie(&im, &cie);
	put_fde(&im, 0, CODE_VADDR, CODE_SIZE, program, sizeof(program));
	check_image("restore", &im, (struct ehframe_section){ 0 },
		    "+0 rsp+8; +1 rsp+8 fp@cfa-16; +40 none");
}

static void augmentation_data_is_skipped(void **state)
{
	struct image im = { 0 };

	put_cie(&im, &usual_cie);
	entry_begin(&im, im.size + 4, 4);
	put_int(&im, CODE_VADDR - (SECTION_VADDR + im.size), 4);
	put_int(&im, CODE_SIZE, 4);
	put_int(&im, 6, 1);
	put_int(&im, 0x3c3c3c3c3c3c, 6); /* damage, if it was run */
	entry_end(&im, 4);
	check_image("LSDA", &im, (struct ehframe_section){ 0 }, "+0 rsp+8; +40 none");
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

static void remembered_states_are_the_functions_own(void **state)
{
	static const uint8_t leaves[] = { DW_CFA_remember_state };
	static const uint8_t takes[] = { DW_CFA_restore_state };
	struct image im = { 0 };

	put_cie(&im, &usual_cie);
	put_fde(&im, 0, CODE_VADDR, CODE_SIZE, leaves, sizeof(leaves));
	put_fde(&im, 0, CODE_VADDR + 0x40, CODE_SIZE, takes, sizeof(takes));
	check_image("remember_state", &im, (struct ehframe_section){ 0 },
		    "+0 rsp+8; +40 unsup; +80 none; bad 1");
}

/* One function whose program makes ROW_CNT rows; the end marker comes on top. */
static int parse_many_rows(size_t row_cnt, struct ehframe_table **out)
{
	static const uint8_t row[2][3] = { { DW_CFA_def_cfa_offset, 8, ADV(1) },
					   { DW_CFA_def_cfa_offset, 16, ADV(1) } };
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
	assert_int_equal(parse_many_entries(&im, 0, EHFRAME_MAX_CIES - 1, &t), 0);
	ehframe_free(t);
	assert_int_equal(parse_many_entries(&im, 0, EHFRAME_MAX_CIES, &t), -ENOSPC);
	assert_null(t);

	fde = im.size;
	put_debug_fde(&im, 0, 4);
	assert_int_equal(parse_many_entries(&im, fde, EHFRAME_MAX_FDES - 1, &t), 0);
	check_table("equal FDEs", t, "+0 rsp+8; +40 none");
	assert_int_equal(t->fde_cnt, 1);
	ehframe_free(t);
	assert_int_equal(parse_many_entries(&im, fde, EHFRAME_MAX_FDES, &t), -ENOSPC);
	assert_null(t);
}

static void rows_are_bounded(void **state)
{
	struct ehframe_section huge = { .size = EHFRAME_MAX_SIZE + 1 };
	struct ehframe_table *t;

	assert_int_equal(parse_many_rows(EHFRAME_MAX_ROWS - 1, &t), 0);
	assert_int_equal(t->row_cnt, EHFRAME_MAX_ROWS);
	ehframe_free(t);
	assert_int_equal(parse_many_rows(EHFRAME_MAX_ROWS, &t), -ENOSPC);
	assert_null(t);
	assert_int_equal(ehframe_parse(&huge, &t), -ENOSPC);
}

static void finds_the_row_of_an_address(void **state)
{
	static const uint8_t program[] = { PUSH_RBP };
	struct image im = { 0 };
	size_t cie = put_cie(&im, &usual_cie);
	struct ehframe_table *t;

	put_fde(&im, cie, CODE_VADDR, CODE_SIZE, program, sizeof(program));
	t = parse(im.at, im.size, (struct ehframe_section){ 0 });
	assert_null(ehframe_find(t, CODE_VADDR - 1));
	assert_ptr_equal(ehframe_find(t, CODE_VADDR), &t->rows[0]);
	assert_ptr_equal(ehframe_find(t, CODE_VADDR + 1), &t->rows[1]);
	assert_ptr_equal(ehframe_find(t, CODE_VADDR + CODE_SIZE - 1), &t->rows[1]);
	assert_ptr_equal(ehframe_find(t, CODE_VADDR + CODE_SIZE), &t->rows[2]);
	assert_ptr_equal(ehframe_find(t, UINT64_MAX), &t->rows[2]);
	ehframe_free(t);
}

/* ---- whole files ---- */

struct file {
	uint8_t *at;
	size_t size;
};

static struct file read_self(void)
{
	struct file f;
	int fd = open("/proc/self/exe", O_RDONLY);
	off_t size = lseek(fd, 0, SEEK_END);

	assert_true(size > 0);
	f.size = (size_t)size;
	f.at = malloc(f.size);
	assert_non_null(f.at);
	assert_int_equal(pread(fd, f.at, f.size, 0), size);
	close(fd);
	return f;
}

static struct ehframe_section own_eh_frame(const struct file *f)
{
	struct ehframe_section sec = { 0 };
	const Elf64_Ehdr *eh = (const void *)f->at;
	const Elf64_Shdr *sh = (const void *)(f->at + eh->e_shoff);
	const char *names = (const char *)f->at + sh[eh->e_shstrndx].sh_offset;

	for (int i = 0; i < eh->e_shnum; i++)
		if (!strcmp(names + sh[i].sh_name, ".eh_frame"))
			sec = (struct ehframe_section){ .bytes = f->at + sh[i].sh_offset,
							.size = sh[i].sh_size,
							.vaddr = sh[i].sh_addr };
	assert_true(sec.size > 200);
	return sec;
}

static void survives_every_truncation(void **state)
{
	struct file self = read_self();
	struct ehframe_section sec = own_eh_frame(&self);
	size_t whole = 0, max = sec.size < 4096 ? sec.size : 4096;

	for (size_t size = 0; size <= max; size++) {
		struct ehframe_table *t = parse(sec.bytes, size, sec);

		check_promises(t);
		assert_true(t->fde_cnt >= whole); /* what came whole is used */
		whole = t->fde_cnt;
		ehframe_free(t);
	}
	assert_true(whole > 10);
	free(self.at);
}

static void survives_bit_flips(void **state)
{
	struct file self = read_self();
	struct ehframe_section sec = own_eh_frame(&self);
	size_t bad = 0, max = sec.size < 2048 ? sec.size : 2048;
	uint8_t *copy = malloc(max);

	assert_non_null(copy);
	memcpy(copy, sec.bytes, max);
	for (size_t bit = 0; bit < 8 * max; bit++) {
		struct ehframe_table *t;

		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		t = parse(copy, max, sec);
		check_promises(t);
		bad += t->bad_cnt > 0;
		ehframe_free(t);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(bad > max / 8); /* damage is noticed, not only survived */
	free(copy);
	free(self.at);
}

static int load_image(const void *image, size_t size, struct ehframe_table **out)
{
	int err = ehframe_load_image(image, size, out);

	assert_true(err ? !*out : (*out)->row_cnt > 1);
	return err;
}

static void loads_an_open_file(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	const struct ehframe_row *row;
	struct ehframe_table *t;
	Elf64_Ehdr eh;

	assert_int_equal(lseek(fd, 7, SEEK_SET), 7);
	assert_int_equal(ehframe_load(fd, &t), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 7);
	assert_int_equal(pread(fd, &eh, sizeof(eh), 0), sizeof(eh));
	check_promises(t);
	assert_int_equal(t->bad_cnt, 0);
	assert_false(t->debug_frame);
	row = ehframe_find(t, eh.e_entry); /* crt1.o ends the stack here */
	assert_non_null(row);
	assert_int_equal(row->cfa, EHFRAME_CFA_END);
	ehframe_free(t);
	close(fd);
	assert_int_equal(ehframe_load(-1, &t), -ENOEXEC);
	assert_null(t);
}

static void loads_without_section_headers(void **state)
{
	struct file self = read_self();
	Elf64_Ehdr *eh = (void *)self.at;
	struct ehframe_table *with, *without;

	assert_int_equal(load_image(self.at, self.size, &with), 0);
	eh->e_shoff = 0;
	eh->e_shnum = eh->e_shstrndx = 0;
	assert_int_equal(load_image(self.at, self.size, &without), 0);
	assert_int_equal(without->row_cnt, with->row_cnt);
	assert_memory_equal(without->rows, with->rows, with->row_cnt * sizeof(*with->rows));
	ehframe_free(with);
	ehframe_free(without);
	free(self.at);
}

/* The segment goes on behind .eh_frame, with what only looks like an entry. */
static void a_segment_is_read_up_to_the_terminator(void **state)
{
	struct ehframe_table *t;
	struct image im = { 0 };
	Elf64_Ehdr eh = { .e_type = ET_DYN, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			  .e_ehsize = sizeof(eh), .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 2, .e_phoff = sizeof(eh) };
	Elf64_Phdr ph[2] = { { .p_type = PT_LOAD, .p_vaddr = SECTION_VADDR, .p_filesz = 4096 },
			     { .p_type = PT_GNU_EH_FRAME, .p_filesz = 8,
			       .p_vaddr = SECTION_VADDR + sizeof(eh) + sizeof(ph) } };
	size_t cie;

	memcpy(eh.e_ident, "\177ELF\2\1\1", 7);
	put(&im, &eh, sizeof(eh));
	put(&im, ph, sizeof(ph));
	put_int(&im, 1, 1);
	put_int(&im, DW_EH_PE_datarel | DW_EH_PE_udata4, 1);
	put_int(&im, 0xffff, 2); /* no table */
	put_int(&im, 8, 4);	 /* .eh_frame: from the start of this header */
	cie = put_cie(&im, &usual_cie);
	put_fde(&im, cie, CODE_VADDR, CODE_SIZE, "", 0);
	put_int(&im, 0, 4);
	put_int(&im, 1000000, 4);

	assert_int_equal(load_image(im.at, sizeof(im.at), &t), 0);
	check_table("segment", t, "+0 rsp+8; +40 none");
	ehframe_free(t);
	im.at[sizeof(eh) + sizeof(ph)] = 2; /* the header's version */
	assert_int_equal(load_image(im.at, sizeof(im.at), &t), -ENOEXEC);
}

static void refuses_what_is_not_ours(void **state)
{
	struct file self = read_self();
	Elf64_Ehdr *eh = (void *)self.at, good = *eh;
	struct ehframe_table *t;

	assert_int_equal(load_image("#!/bin/sh\n", 10, &t), -ENOEXEC);
	assert_int_equal(load_image(self.at, 40, &t), -ENOEXEC);
	eh->e_machine = EM_AARCH64;
	assert_int_equal(load_image(self.at, self.size, &t), -ENOTSUP);
	*eh = good;
	eh->e_type = ET_REL;
	assert_int_equal(load_image(self.at, self.size, &t), -ENOTSUP);
	*eh = good;
	eh->e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(load_image(self.at, self.size, &t), -ENOTSUP);
	free(self.at);
}

static void loads_the_vdso(void **state)
{
	const Elf64_Ehdr *eh = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct ehframe_table *t;
	size_t size;

	if (!eh)
		skip();
	size = eh->e_shoff + (size_t)eh->e_shnum * eh->e_shentsize; /* they are its end */
	assert_int_equal(load_image(eh, size, &t), 0);
	check_promises(t);
	ehframe_free(t);
}

/* An ELF file of two sections: the names, and NAME with BYTES. */
static int load_section(const char *name, uint32_t type, uint64_t flags, const struct image *bytes,
			struct ehframe_table **out)
{
	static const char names[] = "\0.shstrtab\0.eh_frame\0.debug_frame\0.note.go.buildid";
	struct image im = { 0 };
	Elf64_Ehdr eh = { .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			  .e_ehsize = sizeof(eh), .e_shentsize = sizeof(Elf64_Shdr),
			  .e_shnum = 4, .e_shstrndx = 1, .e_shoff = sizeof(eh) };
	Elf64_Shdr sh[4] = { { 0 },
			     { .sh_name = 1, .sh_type = SHT_STRTAB, .sh_size = sizeof(names) },
			     { .sh_type = type, .sh_flags = flags, .sh_size = bytes->size },
			     { .sh_type = SHT_NOTE } };

	memcpy(eh.e_ident, "\177ELF\2\1\1", 7);
	sh[1].sh_offset = sizeof(eh) + sizeof(sh);
	sh[2].sh_offset = sh[1].sh_offset + sizeof(names);
	sh[3].sh_offset = sh[2].sh_offset;
	for (size_t i = 1; i < sizeof(names); i += strlen(names + i) + 1) {
		if (!strncmp(names + i, name, strlen(names + i)))
			sh[2].sh_name = (uint32_t)i;
		if (strstr(name, " go") && !strcmp(names + i, ".note.go.buildid"))
			sh[3].sh_name = (uint32_t)i;
	}
	put(&im, &eh, sizeof(eh));
	put(&im, sh, sizeof(sh));
	put(&im, names, sizeof(names));
	put(&im, bytes->at, bytes->size);
	return load_image(im.at, im.size, out);
}

/* Go's code saves RBP once it has made its frame, and its CFI does not say where. */
static void loses_rbp_in_a_frame_of_go(void **state)
{
	static const uint8_t program[] = { DW_CFA_advance_loc | 4, DW_CFA_def_cfa_offset, 32,
					   DW_CFA_advance_loc | 8, DW_CFA_def_cfa_offset, 8 };
	struct image im = { 0 };
	struct ehframe_table *t;

	put_debug_cie(&im, 4);
	entry_begin(&im, 0, 4);
	put_int(&im, CODE_VADDR, 8);
	put_int(&im, CODE_SIZE, 8);
	put(&im, program, sizeof(program));
	entry_end(&im, 4);
	assert_int_equal(load_section(".debug_frame go", SHT_PROGBITS, 0, &im, &t), 0);
	check_table("Go", t, "+0 rsp+8; +4 rsp+32 fp lost; +c rsp+8; +40 none");
	ehframe_free(t);
	assert_int_equal(load_section(".debug_frame", SHT_PROGBITS, 0, &im, &t), 0);
	check_table("others", t, "+0 rsp+8; +4 rsp+32; +c rsp+8; +40 none");
	ehframe_free(t);
}

#define ROW(at, rule, off) { .vaddr = CODE_VADDR + (at), .cfa = EHFRAME_CFA_##rule, .cfa_off = (off) }
#define TABLE(...)                                                                                 \
	{ .rows = (struct ehframe_row[]){ __VA_ARGS__ },                                           \
	  .row_cnt = sizeof((struct ehframe_row[]){ __VA_ARGS__ }) / sizeof(struct ehframe_row) }

static void lays_one_table_over_another(void **state)
{
	const struct {
		const char *name;
		struct ehframe_table lower, upper;
		const char *want;
	} rows[] = {
		{ "upper in a gap of lower",
		  TABLE(ROW(0, RSP, 8), ROW(16, NONE, 0), ROW(64, RSP, 16), ROW(80, NONE, 0)),
		  TABLE(ROW(32, RBP, 16), ROW(48, NONE, 0)),
		  "+0 rsp+8; +10 none; +20 rbp+16; +30 none; +40 rsp+16; +50 none" },
		{ "upper hides lower, which goes on behind it",
		  TABLE(ROW(0, RSP, 8), ROW(64, NONE, 0)), TABLE(ROW(8, RBP, 16), ROW(16, NONE, 0)),
		  "+0 rsp+8; +8 rbp+16; +10 rsp+8; +40 none" },
		{ "lower changes behind upper",
		  TABLE(ROW(0, RSP, 8), ROW(10, RSP, 16), ROW(64, NONE, 0)),
		  TABLE(ROW(8, RBP, 16), ROW(16, NONE, 0)),
		  "+0 rsp+8; +8 rbp+16; +10 rsp+16; +40 none" },
		{ "equal rows of both become one",
		  TABLE(ROW(0, RSP, 8), ROW(16, NONE, 0)), TABLE(ROW(16, RSP, 8), ROW(32, NONE, 0)),
		  "+0 rsp+8; +20 none" },
		{ "both start and end together",
		  TABLE(ROW(0, RSP, 8), ROW(16, NONE, 0)), TABLE(ROW(0, RBP, 8), ROW(16, NONE, 0)),
		  "+0 rbp+8; +10 none" },
		{ "upper alone", TABLE(ROW(0, NONE, 0)), TABLE(ROW(4, RBP, 8), ROW(16, NONE, 0)),
		  "+0 none; +4 rbp+8; +10 none" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ehframe_table *t;

		assert_int_equal(ehframe_overlay(&rows[i].lower, &rows[i].upper, &t), 0);
		check_table(rows[i].name, t, rows[i].want);
		ehframe_free(t);
	}
}

/* A file of a segment at CODE_VADDR, and one that has DYN. */
static int load_code(const void *code, size_t size, uint32_t flags, int64_t dyn,
		     struct ehframe_table **out)
{
	struct image im = { 0 };
	Elf64_Ehdr eh = { .e_type = ET_DYN, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			  .e_ehsize = sizeof(eh), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2,
			  .e_phoff = sizeof(eh) };
	Elf64_Phdr ph[2] = { { .p_type = PT_LOAD, .p_flags = flags, .p_vaddr = CODE_VADDR,
			       .p_offset = sizeof(eh) + sizeof(ph), .p_filesz = size },
			     { .p_type = PT_DYNAMIC, .p_filesz = 2 * sizeof(Elf64_Dyn),
			       .p_offset = sizeof(eh) + sizeof(ph) + size } };
	Elf64_Dyn dyns[2] = { { .d_tag = DT_SONAME }, { .d_tag = dyn } };

	memcpy(eh.e_ident, "\177ELF\2\1\1", 7);
	put(&im, &eh, sizeof(eh));
	put(&im, ph, sizeof(ph));
	put(&im, code, size);
	put(&im, dyns, sizeof(dyns));
	return load_image(im.at, im.size, out);
}

static void recognises_a_signal_trampoline_by_its_code(void **state)
{
	static const uint8_t code[] = { 0x90, 0x90, 0x90, 0x90, 0x48, 0xc7, 0xc0, 15, 0, 0, 0,
					0x0f, 0x05, 0x90 };
	uint8_t other[sizeof(code)];
	struct ehframe_table *t;

	assert_int_equal(load_code(code, sizeof(code), PF_R | PF_X, DT_NULL, &t), 0);
	check_table("from the byte before to the last", t, "+3 signal; +d none");
	ehframe_free(t);
	assert_int_equal(load_code(code + 4, 9, PF_R | PF_X, DT_NULL, &t), 0);
	check_table("all there is", t, "+ffffffffffffffff signal; +9 none");
	ehframe_free(t);

	assert_int_equal(load_code(code, sizeof(code), PF_R, DT_NULL, &t), -ENODATA);
	assert_int_equal(load_code(code, sizeof(code) - 2, PF_R | PF_X, DT_NULL, &t), -ENODATA);
	memcpy(other, code, sizeof(code));
	assert_int_equal(load_code(code, sizeof(code), PF_R | PF_X, DT_NEEDED, &t), -ENODATA);
	other[7] = 14; /* another system call */
	assert_int_equal(load_code(other, sizeof(other), PF_R | PF_X, DT_NULL, &t), -ENODATA);
}

static void loads_debug_frame_as_the_only_source(void **state)
{
	struct ehframe_table *t;
	struct image plain = { 0 }, packed = { 0 };
	Elf64_Chdr ch = { .ch_type = ELFCOMPRESS_ZLIB, .ch_addralign = 1 };
	uLongf room = sizeof(packed.at) - sizeof(ch);

	put_debug_cie(&plain, 4);
	put_debug_fde(&plain, 0, 4);
	assert_int_equal(load_section(".debug_frame", SHT_PROGBITS, 0, &plain, &t), 0);
	assert_true(t->debug_frame);
	check_table(".debug_frame", t, "+0 rsp+8; +40 none");
	ehframe_free(t);

	ch.ch_size = plain.size;
	put(&packed, &ch, sizeof(ch));
	assert_int_equal(compress(packed.at + sizeof(ch), &room, plain.at, plain.size), Z_OK);
	packed.size += room;
	assert_int_equal(load_section(".debug_frame", SHT_PROGBITS, SHF_COMPRESSED, &packed, &t),
			 0);
	check_table("compressed", t, "+0 rsp+8; +40 none");
	ehframe_free(t);
	ch.ch_size = EHFRAME_MAX_SIZE + 1;
	memcpy(packed.at, &ch, sizeof(ch));
	assert_int_equal(load_section(".debug_frame", SHT_PROGBITS, SHF_COMPRESSED, &packed, &t),
			 -ENOSPC);

	assert_int_equal(load_section(".eh_frame", SHT_NOBITS, 0, &plain, &t), -ENODATA);
	plain.size = 0; /* libelf gives no bytes at all then */
	assert_int_equal(load_section(".eh_frame", SHT_PROGBITS, 0, &plain, &t), -ENODATA);
	assert_int_equal(load_section(".text", SHT_PROGBITS, 0, &plain, &t), -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_each_instruction),
		cmocka_unit_test(reads_each_cie),
		cmocka_unit_test(reads_each_pointer_encoding),
		cmocka_unit_test(orders_functions),
		cmocka_unit_test(orders_any_addresses),
		cmocka_unit_test(survives_damaged_sections),
		cmocka_unit_test(reads_debug_frame),
		cmocka_unit_test(long_lengths_are_read),
		cmocka_unit_test(restore_goes_back_to_the_cie),
		cmocka_unit_test(augmentation_data_is_skipped),
		cmocka_unit_test(state_nesting_is_bounded),
		cmocka_unit_test(remembered_states_are_the_functions_own),
		cmocka_unit_test(entries_are_bounded),
		cmocka_unit_test(rows_are_bounded),
		cmocka_unit_test(finds_the_row_of_an_address),
		cmocka_unit_test(survives_every_truncation),
		cmocka_unit_test(survives_bit_flips),
		cmocka_unit_test(loads_an_open_file),
		cmocka_unit_test(loads_without_section_headers),
		cmocka_unit_test(a_segment_is_read_up_to_the_terminator),
		cmocka_unit_test(refuses_what_is_not_ours),
		cmocka_unit_test(loads_the_vdso),
		cmocka_unit_test(loads_debug_frame_as_the_only_source),
		cmocka_unit_test(loses_rbp_in_a_frame_of_go),
		cmocka_unit_test(lays_one_table_over_another),
		cmocka_unit_test(recognises_a_signal_trampoline_by_its_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
