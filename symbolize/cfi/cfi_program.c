// SPDX-License-Identifier: BSD-2-Clause
/* cfi_program.c - see cfi_program.h. */
#include "symbolize/cfi/cfi_program.h"

#include <dwarf.h>
#include <string.h>

#include "symbolize/cfi/eh_pointer.h"
#include "symbolize/cfi/ehframe_overlay.h"

#define SIGFRAME_SP 160 /* rt_sigreturn trampoline: RSP's slot in ucontext, from RSP */

enum { REG_RBP = 6, REG_RSP = 7, REG_RA = CFI_REG_RA };

const struct cfi_rules cfi_abi_rules = {
	.cfa = EHFRAME_CFA_UNSUP,
	.reg = { [CFI_FP] = { CFI_SAME, 0 },
		 [CFI_SP] = { CFI_IS_CFA, 0 },
		 [CFI_RA] = { CFI_AT_CFA, -8 } },
};

/* ---- rules to rows ---- */

static void row_set_fp(struct ehframe_row *row, const struct cfi_reg *saved)
{
	row->fp = EHFRAME_FP_LOST;
	if (saved->how == CFI_SAME)
		row->fp = EHFRAME_FP_SAME;
	else if ((saved->how == CFI_AT_CFA || saved->how == CFI_AT_FP) && saved->off % 8 == 0 &&
		 saved->off >= -1024 && saved->off <= 1016) {
		row->fp = saved->how == CFI_AT_CFA ? EHFRAME_FP_AT_CFA : EHFRAME_FP_AT_FP;
		row->fp_off = (int16_t)saved->off;
	}
}

static void row_set_cfa(struct ehframe_row *row, const struct cfi_rules *r)
{
	int64_t off = r->cfa_off;

	switch (r->cfa) {
	case EHFRAME_CFA_RSP:
	case EHFRAME_CFA_RBP:
		if (off != (int32_t)off)
			return;
		row->cfa_off = (int32_t)off;
		break;
	case EHFRAME_CFA_REG:
		if (r->cfa_reg >= REG_RA || off != (int16_t)off)
			return;
		row->reg.off = (int16_t)off;
		row->reg.num = (uint16_t)r->cfa_reg;
		break;
	case EHFRAME_CFA_UNSUP:
		return;
	default:
		row->cfa_off = r->cfa_expr;
	}
	row->cfa = (uint8_t)r->cfa;
}

/* Write rules R as a row; what does not fit one stays UNSUP. */
static struct ehframe_row row_of(const struct cfi_rules *r, uint64_t vaddr, bool is_signal)
{
	struct ehframe_row row = { .vaddr = vaddr, .cfa = EHFRAME_CFA_UNSUP };
	const struct cfi_reg *ra = &r->reg[CFI_RA];

	if (ra->how == CFI_UNDEFINED) {
		row.cfa = EHFRAME_CFA_END;
	} else if (is_signal) {
		/* 'S' alone only says that rip is exact; the CFA tells the frame's layout. */
		if (r->cfa == EHFRAME_CFA_DEREF_RSP && r->cfa_expr == SIGFRAME_SP)
			row.cfa = EHFRAME_CFA_SIGNAL;
	} else if (r->reg[CFI_SP].how != CFI_IS_CFA) {
		return row;
	} else if (ra->how == CFI_AT_CFA && ra->off == -8) {
		row_set_cfa(&row, r);
		if (row.cfa != EHFRAME_CFA_UNSUP)
			row_set_fp(&row, &r->reg[CFI_FP]);
	} else if (ra->how == CFI_IN_REG && ra->off < REG_RA && r->cfa == EHFRAME_CFA_RSP &&
		   r->reg[CFI_FP].how == CFI_SAME && r->cfa_off == (int16_t)r->cfa_off) {
		row.cfa = EHFRAME_CFA_RA_REG;
		row.reg.off = (int16_t)r->cfa_off;
		row.reg.num = (uint16_t)ra->off;
	}
	return row;
}

/* ---- programs: DWARF 5, 6.4.2 ---- */

static void emit(struct cfi_run *x)
{
	struct ehframe_row row = row_of(&x->rules, x->vaddr, x->common->is_signal);

	if (x->sec->hides_fp && row.cfa == EHFRAME_CFA_RSP && row.cfa_off != 8 &&
	    row.fp == EHFRAME_FP_SAME)
		row.fp = EHFRAME_FP_LOST;
	x->err = ehframe_rows_add(x->out, &row);
}

void cfi_move_to(struct cfi_run *x, uint64_t vaddr)
{
	if (vaddr == x->vaddr)
		return;
	if (x->vaddr < x->end)
		emit(x);
	x->vaddr = vaddr;
}

static void advance(struct cfi_run *x, uint64_t delta)
{
	uint64_t vaddr;

	if (__builtin_mul_overflow(delta, x->common->code_align, &delta) ||
	    __builtin_add_overflow(x->vaddr, delta, &vaddr))
		x->cur.bad = true;
	else
		cfi_move_to(x, vaddr);
}

/* The product may wrap: an offset without meaning stays without meaning. */
static int64_t factored(const struct cfi_run *x, int64_t v)
{
	return (int64_t)((uint64_t)v * (uint64_t)x->common->data_align);
}

static enum cfi_tracked tracked(const struct cfi_run *x, uint64_t reg)
{
	if (reg == (x->sec->saves_rbx ? EHFRAME_RBX : REG_RBP))
		return CFI_FP;
	switch (reg) {
	case REG_RSP:
		return CFI_SP;
	case REG_RA:
		return CFI_RA;
	}
	return CFI_UNTRACKED;
}

static void set_rule(struct cfi_run *x, uint64_t reg, enum cfi_how how, int64_t off)
{
	enum cfi_tracked i = tracked(x, reg);

	if (i != CFI_UNTRACKED)
		x->rules.reg[i] = (struct cfi_reg){ how, off };
}

static void restore_rule(struct cfi_run *x, uint64_t reg)
{
	enum cfi_tracked i = tracked(x, reg);

	if (i != CFI_UNTRACKED)
		x->rules.reg[i] = x->common->init.reg[i];
}

/* Of expressions only "saved at RBP + off" has a row; GCC writes it for realigned frames. */
static void set_rule_expression(struct cfi_run *x, uint64_t reg, struct cursor e)
{
	bool at_fp = cursor_u8(&e) == DW_OP_breg6;
	int64_t off = cursor_sleb(&e);

	if (at_fp && !e.bad && e.at == e.end)
		set_rule(x, reg, CFI_AT_FP, off);
	else
		set_rule(x, reg, CFI_OTHER, 0);
}

static bool run_register_op(struct cfi_run *x, uint8_t op)
{
	struct cursor *c = &x->cur;
	uint64_t reg = cursor_uleb(c);

	switch (op) {
	case DW_CFA_offset_extended:
		set_rule(x, reg, CFI_AT_CFA, factored(x, (int64_t)cursor_uleb(c)));
		return true;
	case DW_CFA_offset_extended_sf:
		set_rule(x, reg, CFI_AT_CFA, factored(x, cursor_sleb(c)));
		return true;
	case DW_CFA_GNU_negative_offset_extended:
		set_rule(x, reg, CFI_AT_CFA, factored(x, (int64_t)(0 - cursor_uleb(c))));
		return true;
	case DW_CFA_restore_extended:
		restore_rule(x, reg);
		return true;
	case DW_CFA_undefined:
		set_rule(x, reg, CFI_UNDEFINED, 0);
		return true;
	case DW_CFA_same_value:
		set_rule(x, reg, CFI_SAME, 0);
		return true;
	case DW_CFA_register:
		set_rule(x, reg, CFI_IN_REG, (int64_t)(cursor_uleb(c) & INT32_MAX));
		return true;
	case DW_CFA_val_offset:
		set_rule(x, reg, cursor_uleb(c) ? CFI_OTHER : CFI_IS_CFA, 0);
		return true;
	case DW_CFA_val_offset_sf:
		set_rule(x, reg, cursor_sleb(c) ? CFI_OTHER : CFI_IS_CFA, 0);
		return true;
	case DW_CFA_expression:
		set_rule_expression(x, reg, cursor_block(c));
		return true;
	case DW_CFA_val_expression:
		cursor_block(c);
		set_rule(x, reg, CFI_OTHER, 0);
		return true;
	}
	return false;
}

static void set_cfa(struct cfi_rules *r, uint64_t reg, int64_t off)
{
	r->cfa = EHFRAME_CFA_REG;
	if (reg == REG_RSP)
		r->cfa = EHFRAME_CFA_RSP;
	else if (reg == REG_RBP)
		r->cfa = EHFRAME_CFA_RBP;
	r->cfa_reg = reg;
	r->cfa_off = off;
}

/*
 * Two shapes have a row.  A lazily bound PLT: breg7 8, breg16 0, lit15, and,
 * litN, ge, lit3, shl, plus, with N the offset in the 16-byte entry behind its
 * push (11; 10, 9 and 5 with endbr64 or bnd).  A realigned stack: the address of
 * the return address was saved: breg6 or breg7 AT, deref, plus_uconst ADD.
 */
static void set_cfa_expression(struct cfi_rules *r, struct cursor e)
{
	static const uint8_t plt[] = { DW_OP_breg7, 8,	       DW_OP_breg16, 0,
				       DW_OP_lit15, DW_OP_and, DW_OP_lit0,   DW_OP_ge,
				       DW_OP_lit3,  DW_OP_shl, DW_OP_plus };
	uint64_t size = cursor_left(&e);
	int64_t at, add = 0;
	uint8_t op;

	r->cfa = EHFRAME_CFA_UNSUP;
	if (size == sizeof(plt) && !memcmp(e.at, plt, 6) && !memcmp(e.at + 7, plt + 7, 4)) {
		if (e.at[6] < DW_OP_lit0 || e.at[6] > DW_OP_lit15)
			return;
		r->cfa = EHFRAME_CFA_PLT;
		r->cfa_expr = e.at[6] - DW_OP_lit0;
		return;
	}
	op = cursor_u8(&e);
	at = cursor_sleb(&e);
	if ((op != DW_OP_breg6 && op != DW_OP_breg7) || cursor_u8(&e) != DW_OP_deref)
		return;
	if (e.at < e.end) {
		if (cursor_u8(&e) != DW_OP_plus_uconst)
			return;
		add = (int64_t)cursor_uleb(&e);
	}
	if (e.bad || e.at != e.end || at != (int16_t)at || add != (int16_t)add)
		return;
	r->cfa = op == DW_OP_breg7 ? EHFRAME_CFA_DEREF_RSP : EHFRAME_CFA_DEREF_RBP;
	r->cfa_expr = (int32_t)((uint32_t)add << 16 | (uint16_t)at);
}

/*
 * DWARF 5, 6.4.2.2 allows def_cfa_register and def_cfa_offset only while the CFA is
 * by register.  Hand-written CFI uses them after an expression too (libgcrypt), and
 * means what GCC's unwinder makes of it: the register and offset from before it.
 */
static bool run_cfa_op(struct cfi_run *x, uint8_t op)
{
	struct cursor *c = &x->cur;
	struct cfi_rules *r = &x->rules;
	uint64_t reg;

	switch (op) {
	case DW_CFA_def_cfa:
		reg = cursor_uleb(c);
		set_cfa(r, reg, (int64_t)cursor_uleb(c));
		return true;
	case DW_CFA_def_cfa_sf:
		reg = cursor_uleb(c);
		set_cfa(r, reg, factored(x, cursor_sleb(c)));
		return true;
	case DW_CFA_def_cfa_register:
		set_cfa(r, cursor_uleb(c), r->cfa_off);
		return true;
	case DW_CFA_def_cfa_offset:
		r->cfa_off = (int64_t)cursor_uleb(c);
		return true;
	case DW_CFA_def_cfa_offset_sf:
		r->cfa_off = factored(x, cursor_sleb(c));
		return true;
	case DW_CFA_def_cfa_expression:
		set_cfa_expression(r, cursor_block(c));
		return true;
	}
	return false;
}

static bool run_other_op(struct cfi_run *x, uint8_t op)
{
	struct cursor *c = &x->cur;
	uint64_t vaddr;

	switch (op) {
	case DW_CFA_nop:
		return true;
	case DW_CFA_set_loc:
		vaddr = eh_pointer(c, x->common->encoding, x->sec);
		if (c->bad || vaddr < x->vaddr)
			return false;
		cfi_move_to(x, vaddr);
		return true;
	case DW_CFA_advance_loc1:
		advance(x, cursor_u8(c));
		return true;
	case DW_CFA_advance_loc2:
		advance(x, cursor_u16(c));
		return true;
	case DW_CFA_advance_loc4:
		advance(x, cursor_u32(c));
		return true;
	case DW_CFA_remember_state:
		if (x->state_cnt == LIMIT_CFI_STATES)
			return false;
		x->states[x->state_cnt++] = x->rules;
		return true;
	case DW_CFA_restore_state:
		if (!x->state_cnt)
			return false;
		x->rules = x->states[--x->state_cnt];
		return true;
	case DW_CFA_GNU_args_size: /* for exception handling; the CFA includes it */
		cursor_uleb(c);
		return true;
	}
	return false;
}

bool cfi_run(struct cfi_run *x)
{
	struct cursor *c = &x->cur;

	while (c->at < c->end && !c->bad && !x->err) {
		uint8_t op = *c->at++, low = op & 0x3f;

		switch (op & 0xc0) {
		case DW_CFA_advance_loc:
			advance(x, low);
			break;
		case DW_CFA_offset:
			set_rule(x, low, CFI_AT_CFA, factored(x, (int64_t)cursor_uleb(c)));
			break;
		case DW_CFA_restore:
			restore_rule(x, low);
			break;
		default:
			if (!run_other_op(x, op) && !run_cfa_op(x, op) && !run_register_op(x, op))
				c->bad = true;
		}
	}
	return !c->bad;
}
