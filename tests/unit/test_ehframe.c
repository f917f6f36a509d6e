// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_ehframe.c - CFI bytes in, rows out: the bytes are written here by hand, so
 * that each rule and each trap has its case.
 */
#include "tests/unit/ehframe_bytes.h"

#define ADV(n)	 (DW_CFA_advance_loc | (n))
#define PUSH_RBP ADV(1), DW_CFA_def_cfa_offset, 16, DW_CFA_offset | 6, 2
#define PLT_EXPR(n)                                                                                \
	DW_CFA_def_cfa_expression, 11, DW_OP_breg7, 8, DW_OP_breg16, 0, DW_OP_lit15, DW_OP_and,    \
		DW_OP_lit0 + (n), DW_OP_ge, DW_OP_lit3, DW_OP_shl, DW_OP_plus

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
		  BYTES(1, 'z', 'P', 'L', 'R', 0, 1, 0x78, 16, 7, DW_EH_PE_indirect | ENC, 1, 2, 3,
			4, ENC, ENC, REST) },
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
			DW_OP_breg7, 0xa0, 1, DW_OP_deref, DW_CFA_expression, 16, 3, DW_OP_breg7,
			0xa8, 1) },
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
		{ "gap of 16",
		  { 0, 0x50 },
		  { 0x40, 1 },
		  "+0 rsp+16; +40 none; +50 rsp+24; +51 none" },
		{ "overlap: the later start wins",
		  { 0, 0x20 },
		  { 0x40, 0x40 },
		  "+0 rsp+16; +20 rsp+24; +60 none" },
		{ "one inside the other",
		  { 0, 0x20 },
		  { 0x80, 0x10 },
		  "+0 rsp+16; +20 rsp+24; +30 none" },
		{ "same start: the first wins", { 0, 0 }, { 0x40, 0x50 }, "+0 rsp+16; +40 none" },
		{ "empty", { 0, 0x20 }, { 0x40, 0 }, "+0 rsp+16; +40 none" },
		{ "discarded by the linker",
		  { -(uint64_t)CODE_VADDR, 0x40 },
		  { 0x40, 0x40 },
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
					   0x400fc0,	       0x123456789000, 0x401000 };
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

#define ROW(at, rule, off)                                                                         \
	{                                                                                          \
		.vaddr = CODE_VADDR + (at), .cfa = EHFRAME_CFA_##rule, .cfa_off = (off)            \
	}
#define TABLE(...)                                                                                 \
	{                                                                                          \
		.rows = (struct ehframe_row[]){ __VA_ARGS__ },                                     \
		.row_cnt =                                                                         \
			sizeof((struct ehframe_row[]){ __VA_ARGS__ }) / sizeof(struct ehframe_row) \
	}

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
		{ "equal rows of both become one", TABLE(ROW(0, RSP, 8), ROW(16, NONE, 0)),
		  TABLE(ROW(16, RSP, 8), ROW(32, NONE, 0)), "+0 rsp+8; +20 none" },
		{ "both start and end together", TABLE(ROW(0, RSP, 8), ROW(16, NONE, 0)),
		  TABLE(ROW(0, RBP, 8), ROW(16, NONE, 0)), "+0 rbp+8; +10 none" },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_each_instruction),
		cmocka_unit_test(reads_each_cie),
		cmocka_unit_test(reads_each_pointer_encoding),
		cmocka_unit_test(orders_functions),
		cmocka_unit_test(orders_any_addresses),
		cmocka_unit_test(reads_debug_frame),
		cmocka_unit_test(long_lengths_are_read),
		cmocka_unit_test(restore_goes_back_to_the_cie),
		cmocka_unit_test(augmentation_data_is_skipped),
		cmocka_unit_test(remembered_states_are_the_functions_own),
		cmocka_unit_test(lays_one_table_over_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
