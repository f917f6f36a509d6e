// SPDX-License-Identifier: BSD-2-Clause
/*
 * ehframe.c - every row of ELF files against elfutils' libdw.
 *
 *     build/tests/oracle/ehframe FILE...
 *
 * libdw answers for one address at a time, together with the range for which its
 * answer holds.  So each row is walked in libdw's steps: nothing between a row's
 * first and last byte goes unchecked.  For each step libdw's CFA, RA, RBP and RSP
 * rules are turned into the row we should have had, which has to equal the row we
 * have; where we say that there is no CFI, libdw must have none either.  The 15
 * bytes of padding behind a function, which a row may cover, are counted apart.
 *
 * Columns: rows; libdw's steps in them; paddings; steps that no row can express
 * (UNSUP on both sides); calls where libdw has the CFA by RBX and we where the function
 * that is called saves RBX, as libdw confirms; steps that libdw refuses; differences.  Differences are
 * printed and make the exit status 1; none is excused.
 *
 * Refused are two things that DWARF 5, 6.4.2 does not allow but that GCC's unwinder
 * and gdb understand as we do, and that exist: a restore in a CIE's own program
 * (CUDA's compilers), for which libdw has no answer in the whole function, and
 * def_cfa_register after def_cfa_expression (libgcrypt), for which it has no CFA.
 */
#include "symbolize/cfi/ehframe.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PADDING_MAX 15
#define PRINTED_MAX 5 /* differences shown per file */

enum { REG_RBX = 3, REG_RBP = 6, REG_RSP = 7, REG_RA = 16 };

struct tally {
	size_t steps, padding, unsup, calls, refused, differences;
};

struct file {
	const char *name;
	Elf *elf;
	Dwarf_CFI *cfi;
};

/* A register's rule as libdw gives it. */
struct rule {
	Dwarf_Op *ops, own[3];
	size_t op_cnt;
};

static bool is_undefined(const struct rule *r)
{
	return !r->op_cnt && r->ops == r->own;
}

static bool is_same(const struct rule *r)
{
	return !r->op_cnt && !r->ops;
}

/* Saved at CFA + *off. */
static bool is_at_cfa(const struct rule *r, int64_t *off)
{
	*off = r->op_cnt == 2 ? (int64_t)r->ops[1].number : 0;
	return (r->op_cnt == 1 || (r->op_cnt == 2 && r->ops[1].atom == DW_OP_plus_uconst)) &&
	       r->ops[0].atom == DW_OP_call_frame_cfa;
}

/* Saved at REG + *off; libdw puts the CFA on the stack before any expression. */
static bool is_at_register(const struct rule *r, unsigned int reg, int64_t *off)
{
	if (r->op_cnt != 2 || r->ops[0].atom != DW_OP_call_frame_cfa ||
	    r->ops[1].atom != DW_OP_breg0 + reg)
		return false;
	*off = (int64_t)r->ops[1].number;
	return true;
}

static bool is_cfa_itself(const struct rule *r)
{
	return r->op_cnt == 2 && r->ops[0].atom == DW_OP_call_frame_cfa &&
	       r->ops[1].atom == DW_OP_stack_value;
}

static bool is_plt(const struct rule *cfa)
{
	static const uint8_t atoms[] = { DW_OP_breg7, DW_OP_breg16, DW_OP_lit15, DW_OP_and, 0,
					 DW_OP_ge,    DW_OP_lit3,   DW_OP_shl,	 DW_OP_plus };

	if (cfa->op_cnt != sizeof(atoms) || cfa->ops[0].number != 8 || cfa->ops[1].number != 0)
		return false;
	for (size_t i = 0; i < sizeof(atoms); i++)
		if (i != 4 && cfa->ops[i].atom != atoms[i])
			return false;
	return cfa->ops[4].atom >= DW_OP_lit0 && cfa->ops[4].atom <= DW_OP_lit15;
}

static bool is_deref(const struct rule *cfa, struct ehframe_row *want)
{
	size_t cnt = cfa->op_cnt;
	const Dwarf_Op *op = cfa->ops;
	int64_t at, add;

	if (cnt < 2 || cnt > 3 || (op[0].atom != DW_OP_breg6 && op[0].atom != DW_OP_breg7) ||
	    op[1].atom != DW_OP_deref || (cnt == 3 && op[2].atom != DW_OP_plus_uconst))
		return false;
	at = (int64_t)op[0].number;
	add = cnt == 3 ? (int64_t)op[2].number : 0;
	if (at != (int16_t)at || add != (int16_t)add)
		return false;
	want->cfa = op[0].atom == DW_OP_breg7 ? EHFRAME_CFA_DEREF_RSP : EHFRAME_CFA_DEREF_RBP;
	want->deref.at = (int16_t)at;
	want->deref.add = (int16_t)add;
	return true;
}

/* Leaves UNSUP what a row cannot express. */
static void want_cfa(const struct rule *cfa, struct ehframe_row *want)
{
	uint64_t reg = cfa->op_cnt ? cfa->ops[0].number : REG_RA;
	int64_t off = cfa->op_cnt ? (int64_t)cfa->ops[0].number2 : 0;

	if (is_plt(cfa)) {
		want->cfa = EHFRAME_CFA_PLT;
		want->cfa_off = cfa->ops[4].atom - DW_OP_lit0;
	} else if (is_deref(cfa, want) || cfa->op_cnt != 1 || cfa->ops[0].atom != DW_OP_bregx) {
		return;
	} else if ((reg == REG_RSP || reg == REG_RBP) && off == (int32_t)off) {
		want->cfa = reg == REG_RSP ? EHFRAME_CFA_RSP : EHFRAME_CFA_RBP;
		want->cfa_off = (int32_t)off;
	} else if (reg < 16 && reg != REG_RSP && reg != REG_RBP && off == (int16_t)off) {
		want->cfa = EHFRAME_CFA_REG;
		want->reg.num = (uint16_t)reg;
		want->reg.off = (int16_t)off;
	}
}

static void want_fp(const struct rule *fp, struct ehframe_row *want)
{
	int64_t off;

	want->fp = EHFRAME_FP_LOST;
	if (is_same(fp)) {
		want->fp = EHFRAME_FP_SAME;
	} else if (is_at_cfa(fp, &off) || is_at_register(fp, REG_RBP, &off)) {
		if (off % 8 || off < -1024 || off > 1016)
			return;
		want->fp = fp->op_cnt == 2 && fp->ops[1].atom == DW_OP_breg6 ? EHFRAME_FP_AT_FP
									     : EHFRAME_FP_AT_CFA;
		want->fp_off = (int16_t)off;
	}
}

/* The row that libdw's rules come to. */
static struct ehframe_row want_row(const struct rule *cfa, const struct rule *ra,
				   const struct rule *fp, const struct rule *sp, bool is_signal)
{
	struct ehframe_row want = { .cfa = EHFRAME_CFA_UNSUP }, deref = want;
	int64_t ra_off, fp_off, sp_off;

	if (is_undefined(ra)) {
		want.cfa = EHFRAME_CFA_END;
	} else if (is_signal) {
		/* ucontext, on top of the stack: its RBP, RSP and RIP. */
		if (is_deref(cfa, &deref) && deref.cfa == EHFRAME_CFA_DEREF_RSP &&
		    deref.deref.at == 160 && deref.deref.add == 0 &&
		    is_at_register(ra, REG_RSP, &ra_off) && ra_off == 168 &&
		    is_at_register(sp, REG_RSP, &sp_off) && sp_off == 160 &&
		    is_at_register(fp, REG_RSP, &fp_off) && fp_off == 120)
			want.cfa = EHFRAME_CFA_SIGNAL;
	} else if (!is_cfa_itself(sp)) {
		return want;
	} else if (is_at_cfa(ra, &ra_off) && ra_off == -8) {
		want_cfa(cfa, &want);
		if (want.cfa != EHFRAME_CFA_UNSUP)
			want_fp(fp, &want);
	} else if (ra->op_cnt == 1 && ra->ops[0].atom == DW_OP_regx && is_same(fp)) {
		want_cfa(cfa, &deref);
		if (deref.cfa == EHFRAME_CFA_RSP && deref.cfa_off == (int16_t)deref.cfa_off) {
			want.cfa = EHFRAME_CFA_RA_REG;
			want.reg.num = (uint16_t)ra->ops[0].number;
			want.reg.off = (int16_t)deref.cfa_off;
		}
	}
	return want;
}

static bool read_rule(Dwarf_Frame *frame, int reg, struct rule *r)
{
	return !dwarf_frame_register(frame, reg, r->own, &r->ops, &r->op_cnt);
}

static uint8_t *code_at(const struct file *file, uint64_t vaddr, size_t size)
{
	GElf_Phdr ph;
	size_t cnt;

	elf_getphdrnum(file->elf, &cnt);
	for (size_t i = 0; i < cnt; i++) {
		if (!gelf_getphdr(file->elf, (int)i, &ph) || ph.p_type != PT_LOAD ||
		    vaddr < ph.p_vaddr || vaddr - ph.p_vaddr + size > ph.p_filesz)
			continue;
		return elf_getdata_rawchunk(file->elf, (int64_t)(ph.p_offset + vaddr - ph.p_vaddr),
					    size, ELF_T_BYTE)
			->d_buf;
	}
	return NULL;
}

/* Does the function at VADDR save RBX, once, at CFA + OFF? */
static bool saves_rbx_at(Dwarf_CFI *cfi, uint64_t vaddr, int64_t off)
{
	Dwarf_Addr start, end, steps_end = vaddr + 4096;
	bool is_signal;

	while (vaddr < steps_end) {
		struct rule rbx = { 0 };
		Dwarf_Frame *frame;
		int64_t at;

		if (dwarf_cfi_addrframe(cfi, vaddr, &frame))
			return false;
		dwarf_frame_info(frame, &start, &end, &is_signal);
		if (read_rule(frame, REG_RBX, &rbx) && is_at_cfa(&rbx, &at)) {
			free(frame);
			return at == off;
		}
		free(frame);
		vaddr = end;
	}
	return false;
}

/* The four bytes behind the first one of a call, and what libdw has for it is CFA = RBX + N. */
static bool is_call_by_rbx(const struct file *file, const struct ehframe_row *row, uint64_t vaddr,
			   const struct ehframe_row *want)
{
	const uint8_t *code;
	int32_t distance;

	if (row->cfa != EHFRAME_CFA_DEREF_RSP || want->cfa != EHFRAME_CFA_REG ||
	    want->reg.num != REG_RBX || want->reg.off != row->deref.add ||
	    row[1].vaddr != row->vaddr + 4 || vaddr != row->vaddr || row->fp != want->fp ||
	    row->fp_off != want->fp_off)
		return false;
	code = code_at(file, vaddr - 1, 5);
	if (!code || code[0] != 0xe8)
		return false;
	memcpy(&distance, code + 1, sizeof(distance));
	return saves_rbx_at(file->cfi, vaddr + 4 + (uint64_t)(int64_t)distance, row->deref.at);
}

static void difference(struct tally *tally, const struct file *file, uint64_t vaddr,
		       const char *what, const struct ehframe_row *got,
		       const struct ehframe_row *want)
{
	if (tally->differences++ >= PRINTED_MAX)
		return;
	printf("%s: 0x%" PRIx64 ": %s: row is cfa %u off %d fp %u off %d", file->name, vaddr, what,
	       got->cfa, got->cfa_off, got->fp, got->fp_off);
	if (want)
		printf(", libdw's is cfa %u off %d fp %u off %d", want->cfa, want->cfa_off,
		       want->fp, want->fp_off);
	putchar('\n');
}

/* Compare at VADDR; returns where libdw's answer ends. */
static uint64_t check_step(const struct file *file, const struct ehframe_row *row,
			   Dwarf_Frame *frame, uint64_t vaddr, struct tally *tally)
{
	struct rule cfa = { 0 }, ra = { 0 }, fp = { 0 }, sp = { 0 };
	Dwarf_Addr start, end;
	struct ehframe_row want;
	bool is_signal;

	tally->steps++;
	if (dwarf_frame_info(frame, &start, &end, &is_signal) < 0 || end <= vaddr ||
	    !read_rule(frame, REG_RA, &ra) || !read_rule(frame, REG_RBP, &fp) ||
	    !read_rule(frame, REG_RSP, &sp)) {
		difference(tally, file, vaddr, "libdw cannot say", row, NULL);
		return vaddr + 1;
	}
	if (dwarf_frame_cfa(frame, &cfa.ops, &cfa.op_cnt)) {
		tally->refused++;
		return end;
	}
	want = want_row(&cfa, &ra, &fp, &sp, is_signal);
	if (is_call_by_rbx(file, row, vaddr, &want)) {
		tally->calls++;
		return row[1].vaddr;
	}
	if (row->cfa != want.cfa || row->cfa_off != want.cfa_off || row->fp != want.fp ||
	    row->fp_off != want.fp_off)
		difference(tally, file, vaddr, "rules differ", row, &want);
	else if (row->cfa == EHFRAME_CFA_UNSUP)
		tally->unsup++;
	return end;
}

/* Where CFI, or the row, goes on behind at most 15 bytes without; else 0. */
static uint64_t skip_padding(Dwarf_CFI *cfi, uint64_t vaddr, uint64_t end)
{
	Dwarf_Frame *frame;

	for (uint64_t next = vaddr + 1; next <= vaddr + PADDING_MAX; next++) {
		if (next == end)
			return next;
		if (!dwarf_cfi_addrframe(cfi, next, &frame)) {
			free(frame);
			return next;
		}
	}
	return 0;
}

static void check_row(const struct file *file, const struct ehframe_row *row, uint64_t end,
		      int no_match, struct tally *tally)
{
	Dwarf_Frame *frame;
	uint64_t vaddr = row->vaddr, next;

	while (vaddr < end) {
		if (!dwarf_cfi_addrframe(file->cfi, vaddr, &frame)) {
			vaddr = check_step(file, row, frame, vaddr, tally);
			free(frame);
			continue;
		}
		if (dwarf_errno() != no_match) {
			tally->refused++;
			return;
		}
		next = vaddr > row->vaddr ? skip_padding(file->cfi, vaddr, end) : 0;
		if (!next) {
			difference(tally, file, vaddr, "libdw has no CFI", row, NULL);
			return;
		}
		tally->padding++;
		vaddr = next;
	}
}

static void check_gap(const struct file *file, const struct ehframe_row *row, uint64_t end,
		      struct tally *tally)
{
	const uint64_t edges[] = { row->vaddr, end - 1 };
	Dwarf_Frame *frame;

	for (size_t i = 0; i < 2; i++) {
		if (dwarf_cfi_addrframe(file->cfi, edges[i], &frame))
			continue;
		difference(tally, file, edges[i], "libdw has CFI", row, NULL);
		free(frame);
	}
}

static void check_table(const struct file *file, const struct ehframe_table *t, struct tally *tally)
{
	const struct ehframe_row *row;
	Dwarf_Frame *frame;
	uint64_t end;
	int no_match;

	/* libdw's errors have no names: this one is "not in any function". */
	if (!dwarf_cfi_addrframe(file->cfi, t->rows[t->row_cnt - 1].vaddr, &frame))
		free(frame);
	no_match = dwarf_errno();
	for (size_t i = 0; i < t->row_cnt; i++) {
		row = &t->rows[i];
		end = i + 1 < t->row_cnt ? row[1].vaddr : row->vaddr + 1;
		if (row->cfa == EHFRAME_CFA_NONE)
			check_gap(file, row, end, tally);
		else
			check_row(file, row, end, no_match, tally);
	}
}

static bool check_file(const char *file)
{
	struct ehframe_table *t = NULL;
	struct tally tally = { 0 };
	Elf *elf = NULL;
	Dwarf *dwarf = NULL;
	Dwarf_CFI *cfi = NULL;
	int fd = open(file, O_RDONLY | O_CLOEXEC), err;

	err = ehframe_load(fd, &t);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (err) {
		printf("%s: %s\n", file, strerror(-err));
		goto out;
	}
	if (t->debug_frame) {
		dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
		cfi = dwarf_getcfi(dwarf);
	} else {
		cfi = dwarf_getcfi_elf(elf);
	}
	if (!cfi) {
		printf("%s: libdw: %s\n", file, dwarf_errmsg(-1));
		goto out;
	}
	check_table(&(struct file){ file, elf, cfi }, t, &tally);
	printf("%9zu %9zu %8zu %6zu %6zu %7zu %6zu  %s\n", t->row_cnt, tally.steps, tally.padding,
	       tally.unsup, tally.calls, tally.refused, tally.differences, file);
out:
	if (!dwarf)
		dwarf_cfi_end(cfi);
	dwarf_end(dwarf);
	elf_end(elf);
	ehframe_free(t);
	if (fd >= 0)
		close(fd);
	return cfi && !tally.differences;
}

int main(int argc, char **argv)
{
	bool ok = argc > 1;

	elf_version(EV_CURRENT);
	printf("%9s %9s %8s %6s %6s %7s %6s  %s\n", "rows", "steps", "padding", "unsup", "calls",
	       "refused", "differ", "file");
	for (int i = 1; i < argc; i++)
		ok &= check_file(argv[i]);
	return !ok;
}
