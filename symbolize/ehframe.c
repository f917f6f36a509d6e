// SPDX-License-Identifier: BSD-2-Clause
/*
 * ehframe.c - .eh_frame and .debug_frame to sorted rows.
 *
 * Three passes: collect the CIEs, collect the FDEs, sort those by address; then
 * run each FDE's program once, in address order.  So rows come out sorted and
 * merged, where an FDE has to stop is known before it starts, and no input makes
 * the work more than linear, but for one binary search of an FDE's CIE: a program
 * belongs to one entry, entries do not overlap, and a byte of program makes at most
 * one row.
 */
#include "symbolize/ehframe.h"

#include <dwarf.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#define PADDING_MAX 15	/* functions are aligned to 16: a smaller gap holds no code */
#define STATES_MAX  32	/* remember_state nesting; compilers use 1 or 2 */
#define SORT_BITS   11	/* digit of the radix sort: its counters stay in the L1 cache */
#define SORT_MASK   ((1u << SORT_BITS) - 1)
#define SIGFRAME_SP 160	/* rt_sigreturn trampoline: RSP's slot in ucontext, from RSP */

enum { REG_RBP = 6, REG_RSP = 7, REG_RA = 16 }; /* System V ABI x86-64, figure 3.36 */
enum tracked { FP, SP, RA, TRACKED_CNT, UNTRACKED = TRACKED_CNT };

/* A read past the end sets `bad` and yields 0; callers look once, at the end. */
struct cursor {
	const uint8_t *p, *end;
	bool bad;
};

enum how { SAME, AT_CFA, AT_FP, IN_REG, IS_CFA, UNDEFINED, OTHER };

struct reg_rule {
	enum how how;
	int64_t off;		/* AT_*: bytes; IN_REG: the register's number */
};

struct rules {
	enum ehframe_cfa cfa;	/* up to CFA_REG by register, above by expression */
	uint64_t cfa_reg;
	int64_t cfa_off;	/* from cfa_reg; an expression in between leaves it alone */
	int32_t cfa_expr;	/* PLT, DEREF: the row's cfa_off */
	struct reg_rule reg[TRACKED_CNT];
};

struct cie {
	size_t off;		/* in the section: its name for the FDEs */
	uint64_t code_align;
	int64_t data_align;
	struct rules init;
	uint8_t encoding;	/* DW_EH_PE_* of the FDEs' addresses */
	bool has_aug_data, is_signal;
	bool bad_header;	/* nothing is known of its FDEs */
	bool bad_program;	/* only their address ranges are */
};

struct fde {
	uint64_t start, end;	/* vaddr */
	uint32_t program, program_size; /* offset in the section, bytes */
	uint32_t cie;		/* index */
};

struct builder {
	const struct ehframe_section *sec;
	struct ehframe_table *table;
	struct cie *cies;
	struct fde *fdes;
	size_t row_cap, cie_cap, fde_cap, cie_cnt, fde_cnt;
};

/* One program being run. */
struct run {
	struct cursor cur;
	struct builder *out;
	const struct cie *cie;
	uint64_t vaddr, end;
	struct rules rules, states[STATES_MAX];
	unsigned int state_cnt;
	int err;
};

/* What holds before a CIE says anything: System V ABI x86-64, 3.2.1. */
static const struct rules abi_rules = {
	.cfa = EHFRAME_CFA_UNSUP,
	.reg = { [FP] = { SAME, 0 }, [SP] = { IS_CFA, 0 }, [RA] = { AT_CFA, -8 } },
};

/* ---- bytes ---- */

static inline uint64_t read_fixed(struct cursor *c, size_t size)
{
	uint64_t v = 0;

	if ((size_t)(c->end - c->p) < size) {
		c->bad = true;
		c->p = c->end;
		return 0;
	}
	memcpy(&v, c->p, size); /* the file's byte order is ours: load_elf() */
	c->p += size;
	return v;
}

static inline uint64_t read_leb128(struct cursor *c, bool is_signed)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64 && c->p < c->end; shift += 7) {
		uint8_t byte = *c->p++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (is_signed && (byte & 0x40) && shift + 7 < 64)
			v |= ~0ULL << (shift + 7);
		return v;
	}
	c->bad = true;
	return 0;
}

static inline uint64_t read_uleb(struct cursor *c)
{
	return read_leb128(c, false);
}

static inline int64_t read_sleb(struct cursor *c)
{
	return (int64_t)read_leb128(c, true);
}

/* A block is its length, then its bytes: augmentation data, expressions. */
static struct cursor read_block(struct cursor *c)
{
	uint64_t size = read_uleb(c);
	struct cursor block = { c->p, c->p, false };

	if (size > (uint64_t)(c->end - c->p)) {
		c->bad = true;
		size = 0;
	}
	c->p += size;
	block.end = c->p;
	return block;
}

/* The low half of a DW_EH_PE_* byte is the format: LSB Core, 10.5.1. */
static uint64_t read_encoded(struct cursor *c, uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_signed:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return read_fixed(c, 8);
	case DW_EH_PE_udata4:
		return read_fixed(c, 4);
	case DW_EH_PE_sdata4:
		return (uint64_t)(int64_t)(int32_t)read_fixed(c, 4);
	case DW_EH_PE_udata2:
		return read_fixed(c, 2);
	case DW_EH_PE_sdata2:
		return (uint64_t)(int64_t)(int16_t)read_fixed(c, 2);
	case DW_EH_PE_uleb128:
		return read_uleb(c);
	case DW_EH_PE_sleb128:
		return (uint64_t)read_sleb(c);
	}
	c->bad = true;
	return 0;
}

/*
 * The high half is what to add.  An indirect pointer would be in the process's
 * memory, and one relative to the function or aligned is for other sections.
 */
static uint64_t read_pointer(struct cursor *c, uint8_t encoding, const struct ehframe_section *sec)
{
	uint64_t base = 0, at = sec->vaddr + (uint64_t)(c->p - sec->bytes);

	switch (encoding & 0xf0) {
	case DW_EH_PE_absptr:
		return read_encoded(c, encoding);
	case DW_EH_PE_pcrel:
		return at + read_encoded(c, encoding);
	case DW_EH_PE_textrel:
		base = sec->text_base;
		break;
	case DW_EH_PE_datarel:
		base = sec->data_base;
		break;
	}
	if (!base)
		c->bad = true;
	return base + read_encoded(c, encoding);
}

/* ---- rows ---- */

/* Room for one more element of SIZE bytes, or NULL; the array is valid in either case. */
static void *array_grow(void *array, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 1024;
	void *grown = reallocarray(array, more, size);

	if (grown)
		*cap = more;
	return grown;
}

static int row_add(struct builder *b, const struct ehframe_row *row)
{
	struct ehframe_table *t = b->table;
	struct ehframe_row *rows, *last;

	if (t->row_cnt) {
		last = &t->rows[t->row_cnt - 1];
		if (last->cfa == row->cfa && last->cfa_off == row->cfa_off && last->fp == row->fp &&
		    last->fp_off == row->fp_off)
			return 0;
	}
	if (t->row_cnt == EHFRAME_MAX_ROWS)
		return -ENOSPC;
	if (t->row_cnt == b->row_cap) {
		rows = array_grow(t->rows, &b->row_cap, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		t->rows = rows;
	}
	t->rows[t->row_cnt++] = *row;
	return 0;
}

static void row_set_fp(struct ehframe_row *row, const struct reg_rule *fp)
{
	row->fp = EHFRAME_FP_LOST;
	if (fp->how == SAME)
		row->fp = EHFRAME_FP_SAME;
	else if ((fp->how == AT_CFA || fp->how == AT_FP) && fp->off % 8 == 0 && fp->off >= -1024 &&
		 fp->off <= 1016) {
		row->fp = fp->how == AT_CFA ? EHFRAME_FP_AT_CFA : EHFRAME_FP_AT_FP;
		row->fp_off = (int16_t)fp->off;
	}
}

static void row_set_cfa(struct ehframe_row *row, const struct rules *r)
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

/* RULES in the form of a row; what does not fit it stays UNSUP. */
static struct ehframe_row row_of(const struct rules *r, uint64_t vaddr, bool is_signal)
{
	struct ehframe_row row = { .vaddr = vaddr, .cfa = EHFRAME_CFA_UNSUP };
	const struct reg_rule *ra = &r->reg[RA];

	if (ra->how == UNDEFINED) {
		row.cfa = EHFRAME_CFA_END;
	} else if (is_signal) {
		/* 'S' alone only says that rip is exact; the CFA tells the frame's layout. */
		if (r->cfa == EHFRAME_CFA_DEREF_RSP && r->cfa_expr == SIGFRAME_SP)
			row.cfa = EHFRAME_CFA_SIGNAL;
	} else if (r->reg[SP].how != IS_CFA) {
		return row;
	} else if (ra->how == AT_CFA && ra->off == -8) {
		row_set_cfa(&row, r);
		if (row.cfa != EHFRAME_CFA_UNSUP)
			row_set_fp(&row, &r->reg[FP]);
	} else if (ra->how == IN_REG && ra->off < REG_RA && r->cfa == EHFRAME_CFA_RSP &&
		   r->reg[FP].how == SAME && r->cfa_off == (int16_t)r->cfa_off) {
		row.cfa = EHFRAME_CFA_RA_REG;
		row.reg.off = (int16_t)r->cfa_off;
		row.reg.num = (uint16_t)ra->off;
	}
	return row;
}

/* ---- programs: DWARF 5, 6.4.2 ---- */

static void emit(struct run *x)
{
	struct ehframe_row row = row_of(&x->rules, x->vaddr, x->cie->is_signal);

	x->err = row_add(x->out, &row);
}

/* Rows end with the range; a CIE's range is empty. */
static void move_to(struct run *x, uint64_t vaddr)
{
	if (vaddr == x->vaddr)
		return;
	if (x->vaddr < x->end)
		emit(x);
	x->vaddr = vaddr;
}

static void advance(struct run *x, uint64_t delta)
{
	uint64_t vaddr;

	if (__builtin_mul_overflow(delta, x->cie->code_align, &delta) ||
	    __builtin_add_overflow(x->vaddr, delta, &vaddr))
		x->cur.bad = true;
	else
		move_to(x, vaddr);
}

/* Wraps: an offset without meaning stays without meaning. */
static int64_t factored(const struct run *x, int64_t v)
{
	return (int64_t)((uint64_t)v * (uint64_t)x->cie->data_align);
}

static enum tracked tracked(uint64_t reg)
{
	return reg == REG_RBP ? FP : reg == REG_RA ? RA : reg == REG_RSP ? SP : UNTRACKED;
}

static void set_rule(struct run *x, uint64_t reg, enum how how, int64_t off)
{
	enum tracked i = tracked(reg);

	if (i != UNTRACKED)
		x->rules.reg[i] = (struct reg_rule){ how, off };
}

static void restore_rule(struct run *x, uint64_t reg)
{
	enum tracked i = tracked(reg);

	if (i != UNTRACKED)
		x->rules.reg[i] = x->cie->init.reg[i];
}

/* Only "saved at RBP + offset" has a row; GCC writes it for realigned frames. */
static void set_rule_expression(struct run *x, uint64_t reg, struct cursor e)
{
	bool at_fp = read_fixed(&e, 1) == DW_OP_breg6;
	int64_t off = read_sleb(&e);

	if (at_fp && !e.bad && e.p == e.end)
		set_rule(x, reg, AT_FP, off);
	else
		set_rule(x, reg, OTHER, 0);
}

static bool run_register_op(struct run *x, uint8_t op)
{
	struct cursor *c = &x->cur;
	uint64_t reg = read_uleb(c);

	switch (op) {
	case DW_CFA_offset_extended:
		set_rule(x, reg, AT_CFA, factored(x, (int64_t)read_uleb(c)));
		return true;
	case DW_CFA_offset_extended_sf:
		set_rule(x, reg, AT_CFA, factored(x, read_sleb(c)));
		return true;
	case DW_CFA_GNU_negative_offset_extended:
		set_rule(x, reg, AT_CFA, factored(x, (int64_t)(0 - read_uleb(c))));
		return true;
	case DW_CFA_restore_extended:
		restore_rule(x, reg);
		return true;
	case DW_CFA_undefined:
		set_rule(x, reg, UNDEFINED, 0);
		return true;
	case DW_CFA_same_value:
		set_rule(x, reg, SAME, 0);
		return true;
	case DW_CFA_register:
		set_rule(x, reg, IN_REG, (int64_t)(read_uleb(c) & INT32_MAX));
		return true;
	case DW_CFA_val_offset:
		set_rule(x, reg, read_uleb(c) ? OTHER : IS_CFA, 0);
		return true;
	case DW_CFA_val_offset_sf:
		set_rule(x, reg, read_sleb(c) ? OTHER : IS_CFA, 0);
		return true;
	case DW_CFA_expression:
		set_rule_expression(x, reg, read_block(c));
		return true;
	case DW_CFA_val_expression:
		read_block(c);
		set_rule(x, reg, OTHER, 0);
		return true;
	}
	return false;
}

static void set_cfa(struct rules *r, uint64_t reg, int64_t off)
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
static void set_cfa_expression(struct rules *r, struct cursor e)
{
	static const uint8_t plt[] = { DW_OP_breg7, 8,	       DW_OP_breg16, 0,
				       DW_OP_lit15, DW_OP_and, DW_OP_lit0,   DW_OP_ge,
				       DW_OP_lit3,  DW_OP_shl, DW_OP_plus };
	size_t size = (size_t)(e.end - e.p);
	int64_t at, add = 0;
	uint8_t op;

	r->cfa = EHFRAME_CFA_UNSUP;
	if (size == sizeof(plt) && !memcmp(e.p, plt, 6) && !memcmp(e.p + 7, plt + 7, 4)) {
		if (e.p[6] < DW_OP_lit0 || e.p[6] > DW_OP_lit15)
			return;
		r->cfa = EHFRAME_CFA_PLT;
		r->cfa_expr = e.p[6] - DW_OP_lit0;
		return;
	}
	op = (uint8_t)read_fixed(&e, 1);
	at = read_sleb(&e);
	if ((op != DW_OP_breg6 && op != DW_OP_breg7) || read_fixed(&e, 1) != DW_OP_deref)
		return;
	if (e.p < e.end) {
		if (read_fixed(&e, 1) != DW_OP_plus_uconst)
			return;
		add = (int64_t)read_uleb(&e);
	}
	if (e.bad || e.p != e.end || at != (int16_t)at || add != (int16_t)add)
		return;
	r->cfa = op == DW_OP_breg7 ? EHFRAME_CFA_DEREF_RSP : EHFRAME_CFA_DEREF_RBP;
	r->cfa_expr = (int32_t)((uint32_t)add << 16 | (uint16_t)at);
}

/*
 * DWARF 5, 6.4.2.2 allows def_cfa_register and def_cfa_offset only while the CFA is
 * by register.  Hand-written CFI uses them after an expression too (libgcrypt), and
 * means what GCC's unwinder makes of it: the register and offset from before it.
 */
static bool run_cfa_op(struct run *x, uint8_t op)
{
	struct cursor *c = &x->cur;
	struct rules *r = &x->rules;
	uint64_t reg;

	switch (op) {
	case DW_CFA_def_cfa:
		reg = read_uleb(c);
		set_cfa(r, reg, (int64_t)read_uleb(c));
		return true;
	case DW_CFA_def_cfa_sf:
		reg = read_uleb(c);
		set_cfa(r, reg, factored(x, read_sleb(c)));
		return true;
	case DW_CFA_def_cfa_register:
		set_cfa(r, read_uleb(c), r->cfa_off);
		return true;
	case DW_CFA_def_cfa_offset:
		r->cfa_off = (int64_t)read_uleb(c);
		return true;
	case DW_CFA_def_cfa_offset_sf:
		r->cfa_off = factored(x, read_sleb(c));
		return true;
	case DW_CFA_def_cfa_expression:
		set_cfa_expression(r, read_block(c));
		return true;
	}
	return false;
}

static bool run_other_op(struct run *x, uint8_t op)
{
	struct cursor *c = &x->cur;
	uint64_t vaddr;

	switch (op) {
	case DW_CFA_nop:
		return true;
	case DW_CFA_set_loc:
		vaddr = read_pointer(c, x->cie->encoding, x->out->sec);
		if (c->bad || vaddr < x->vaddr)
			return false;
		move_to(x, vaddr);
		return true;
	case DW_CFA_advance_loc1:
		advance(x, read_fixed(c, 1));
		return true;
	case DW_CFA_advance_loc2:
		advance(x, read_fixed(c, 2));
		return true;
	case DW_CFA_advance_loc4:
		advance(x, read_fixed(c, 4));
		return true;
	case DW_CFA_remember_state:
		if (x->state_cnt == STATES_MAX)
			return false;
		x->states[x->state_cnt++] = x->rules;
		return true;
	case DW_CFA_restore_state:
		if (!x->state_cnt)
			return false;
		x->rules = x->states[--x->state_cnt];
		return true;
	case DW_CFA_GNU_args_size: /* for exception handling: the CFA has it already */
		read_uleb(c);
		return true;
	}
	return false;
}

/* Run the program at x->cur.  False: it is damaged.  x->err: a limit was met. */
static bool run_program(struct run *x)
{
	struct cursor *c = &x->cur;

	while (c->p < c->end && !c->bad && !x->err) {
		uint8_t op = *c->p++, low = op & 0x3f;

		switch (op & 0xc0) {
		case DW_CFA_advance_loc:
			advance(x, low);
			break;
		case DW_CFA_offset:
			set_rule(x, low, AT_CFA, factored(x, (int64_t)read_uleb(c)));
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

/* ---- entries: LSB Core, 10.6.1; DWARF 5, 6.4.1 ---- */

struct entry {
	size_t off;		/* of its length field */
	bool is_cie;
	uint64_t cie_off;	/* of an FDE's CIE */
	struct cursor body;	/* what follows the CIE id or pointer */
};

/* 1: *e is the entry at *pos, which moves on; 0: the end; -1: the rest is damaged. */
static int entry_next(const struct ehframe_section *sec, size_t *pos, struct entry *e)
{
	struct cursor c = { sec->bytes + *pos, sec->bytes + sec->size, false };
	uint64_t length, id, id_off;
	bool wide;

	do {
		if (c.end - c.p < 4) /* less than a length: padding */
			return 0;
		e->off = (size_t)(c.p - sec->bytes);
		length = read_fixed(&c, 4);
		/* crtend.o's terminator; but with other start files more can follow. */
		if (!length && sec->unbounded)
			return 0;
	} while (!length);

	wide = length == UINT32_MAX;
	if (wide)
		length = read_fixed(&c, 8);
	if (c.bad || length > (uint64_t)(c.end - c.p))
		return -1;
	c.end = c.p + length;
	*pos = (size_t)(c.end - sec->bytes);

	/* Only .debug_frame has a wide id; LSB keeps 4 bytes whatever the length is. */
	id_off = (uint64_t)(c.p - sec->bytes);
	wide = wide && sec->debug_frame;
	id = read_fixed(&c, wide ? 8 : 4);
	e->is_cie = id == (sec->debug_frame ? wide ? UINT64_MAX : UINT32_MAX : 0);
	e->cie_off = sec->debug_frame ? id : id_off - id;
	e->body = c;
	return 1;
}

static void cie_parse_augmentation(struct cie *cie, struct cursor *c, const char *letters)
{
	struct cursor data;

	if (!*letters)
		return;
	if (*letters++ != 'z') { /* "eh" of GCC 2: its data has no length to skip it by */
		c->bad = true;
		return;
	}
	cie->has_aug_data = true;
	data = read_block(c);
	for (; *letters && !data.bad; letters++) {
		switch (*letters) {
		case 'R':
			cie->encoding = (uint8_t)read_fixed(&data, 1);
			break;
		case 'P': /* personality routine, of which only the size matters */
			read_encoded(&data, (uint8_t)read_fixed(&data, 1));
			break;
		case 'L':
			read_fixed(&data, 1);
			break;
		case 'S':
			cie->is_signal = true;
			break;
		case 'B': /* how return addresses are signed: another architecture's */
			break;
		default: /* it could have data, so the letters behind it are lost */
			data.bad = true;
		}
	}
	c->bad |= data.bad;
}

/* Leaves c behind the header, where the initial program is. */
static void cie_parse_header(struct cie *cie, struct cursor *c)
{
	uint64_t version = read_fixed(c, 1), ra;
	const char *letters = (const char *)c->p;
	size_t max = (size_t)(c->end - c->p), len = strnlen(letters, max);

	if (len == max || (version != 1 && version != 3 && version != 4)) {
		c->bad = true;
		return;
	}
	c->p += len + 1;
	if (version == 4 && (read_fixed(c, 1) != 8 || read_fixed(c, 1) != 0))
		c->bad = true; /* sizes of an address and of a segment selector */
	cie->code_align = read_uleb(c);
	cie->data_align = read_sleb(c);
	ra = version == 1 ? read_fixed(c, 1) : read_uleb(c);
	if (ra != REG_RA)
		c->bad = true;
	cie_parse_augmentation(cie, c, letters);
}

static int cie_add(struct builder *b, const struct entry *e)
{
	struct cie *cies, *cie;
	struct run x = { .cur = e->body, .out = b };

	if (b->cie_cnt == EHFRAME_MAX_CIES)
		return -ENOSPC;
	if (b->cie_cnt == b->cie_cap) {
		cies = array_grow(b->cies, &b->cie_cap, sizeof(*cies));
		if (!cies)
			return -ENOMEM;
		b->cies = cies;
	}
	cie = &b->cies[b->cie_cnt++];
	*cie = (struct cie){ .off = e->off, .init = abi_rules };
	cie_parse_header(cie, &x.cur);
	cie->bad_header = x.cur.bad;
	if (!cie->bad_header) {
		x.cie = cie;
		x.rules = abi_rules;
		cie->bad_program = !run_program(&x);
		cie->init = x.rules;
	}
	if (cie->bad_header || cie->bad_program)
		b->table->bad_cnt++;
	return 0;
}

/* CIEs were collected in section order. */
static const struct cie *cie_find(const struct builder *b, uint64_t off)
{
	size_t lo = 0, hi = b->cie_cnt, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (b->cies[mid].off == off)
			return &b->cies[mid];
		if (b->cies[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static int fde_add(struct builder *b, const struct entry *e)
{
	const struct cie *cie = cie_find(b, e->cie_off);
	struct cursor c = e->body;
	struct fde fde = { 0 }, *fdes;
	uint64_t count;

	if (!cie || cie->bad_header)
		goto bad;
	fde.start = read_pointer(&c, cie->encoding, b->sec);
	count = read_encoded(&c, cie->encoding);
	if (cie->has_aug_data)
		read_block(&c);
	/* A signed format can give a negative size. */
	if (c.bad || count > INT64_MAX || __builtin_add_overflow(fde.start, count, &fde.end))
		goto bad;
	/* A function that the linker discarded: its relocations gave 0. */
	if (!fde.start || !count)
		return 0;
	fde.program = (uint32_t)(c.p - b->sec->bytes);
	fde.program_size = (uint32_t)(c.end - c.p);
	fde.cie = (uint32_t)(cie - b->cies);

	if (b->fde_cnt == EHFRAME_MAX_FDES)
		return -ENOSPC;
	if (b->fde_cnt == b->fde_cap) {
		fdes = array_grow(b->fdes, &b->fde_cap, sizeof(*fdes));
		if (!fdes)
			return -ENOMEM;
		b->fdes = fdes;
	}
	b->fdes[b->fde_cnt++] = fde;
	return 0;
bad:
	b->table->bad_cnt++;
	return 0;
}

/* CIEs first: in .debug_frame one may follow its FDEs. */
static int collect(struct builder *b, bool cies)
{
	struct entry e;
	size_t pos = 0;
	int more = 0, err;

	while (pos < b->sec->size && (more = entry_next(b->sec, &pos, &e)) > 0) {
		if (e.is_cie != cies)
			continue;
		err = cies ? cie_add(b, &e) : fde_add(b, &e);
		if (err)
			return err;
	}
	if (more < 0 && cies)
		b->table->bad_cnt++;
	return 0;
}

/* ---- the table ---- */

/*
 * Radix sort, digits from the right: stable, so that of equal starts the first in
 * the section stays first, and half of qsort()'s time.  Digits that all starts share
 * are left out, which leaves two or three passes.
 */
static int sort_fdes(struct builder *b)
{
	struct fde *from = b->fdes, *to, *swap;
	size_t pos[1 << SORT_BITS], cnt, sum;
	uint64_t differ = 0;

	for (size_t i = 0; i < b->fde_cnt; i++)
		differ |= from[i].start ^ from[0].start;
	to = calloc(b->fde_cnt, sizeof(*to));
	if (!to)
		return -ENOMEM;
	for (unsigned int shift = 0; shift < 64; shift += SORT_BITS) {
		if (!(differ >> shift & SORT_MASK))
			continue;
		memset(pos, 0, sizeof(pos));
		for (size_t i = 0; i < b->fde_cnt; i++)
			pos[from[i].start >> shift & SORT_MASK]++;
		sum = 0;
		for (size_t i = 0; i <= SORT_MASK; i++) {
			cnt = pos[i];
			pos[i] = sum;
			sum += cnt;
		}
		for (size_t i = 0; i < b->fde_cnt; i++)
			to[pos[from[i].start >> shift & SORT_MASK]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	free(to);
	b->fdes = from;
	return 0;
}

static int order_fdes(struct builder *b)
{
	size_t kept = 0, i;
	int err;

	for (i = 1; i < b->fde_cnt; i++)
		if (b->fdes[i - 1].start > b->fdes[i].start)
			break;
	err = i < b->fde_cnt ? sort_fdes(b) : 0;
	if (err)
		return err;

	for (i = 0; i < b->fde_cnt; i++)
		if (!kept || b->fdes[i].start != b->fdes[kept - 1].start)
			b->fdes[kept++] = b->fdes[i];
	b->fde_cnt = kept;
	return 0;
}

/* The rows of FDE, up to END. */
static int fde_rows(struct run *x, const struct fde *fde, uint64_t end)
{
	struct ehframe_row unsup = { .vaddr = fde->start, .cfa = EHFRAME_CFA_UNSUP };
	struct builder *b = x->out;
	size_t row_cnt = b->table->row_cnt;
	bool ok;

	x->cie = &b->cies[fde->cie];
	x->cur.p = b->sec->bytes + fde->program;
	x->cur.end = x->cur.p + fde->program_size;
	x->cur.bad = x->cie->bad_program;
	x->vaddr = fde->start;
	x->end = end;
	x->rules = x->cie->init;
	x->state_cnt = 0;
	ok = run_program(x);
	if (x->err)
		return x->err;
	if (ok) {
		move_to(x, end);
		return x->err;
	}
	b->table->row_cnt = row_cnt; /* rows before the damage are no better */
	b->table->bad_cnt++;
	return row_add(b, &unsup);
}

static int make_rows(struct builder *b)
{
	struct run x = { .out = b };
	struct ehframe_row gap = { .cfa = EHFRAME_CFA_NONE };
	struct ehframe_row *rows;
	uint64_t next;
	int err;

	for (size_t i = 0; i < b->fde_cnt; i++) {
		next = i + 1 < b->fde_cnt ? b->fdes[i + 1].start : UINT64_MAX;
		gap.vaddr = b->fdes[i].end < next ? b->fdes[i].end : next;
		err = fde_rows(&x, &b->fdes[i], gap.vaddr);
		if (!err && (next - gap.vaddr > PADDING_MAX || i + 1 == b->fde_cnt))
			err = row_add(b, &gap);
		if (err)
			return err;
	}
	b->table->fde_cnt = b->fde_cnt;
	if (b->table->row_cnt) {
		rows = reallocarray(b->table->rows, b->table->row_cnt, sizeof(*rows));
		b->table->rows = rows ? rows : b->table->rows;
	}
	return 0;
}

int ehframe_parse(const struct ehframe_section *sec, struct ehframe_table **out)
{
	struct builder b = { .sec = sec };
	int err;

	*out = NULL;
	if (sec->size > EHFRAME_MAX_SIZE)
		return -ENOSPC;
	b.table = calloc(1, sizeof(*b.table));
	if (!b.table)
		return -ENOMEM;
	b.table->debug_frame = sec->debug_frame;

	err = collect(&b, true);
	if (!err)
		err = collect(&b, false);
	if (!err)
		err = order_fdes(&b);
	if (!err)
		err = make_rows(&b);
	if (!err) {
		*out = b.table;
		b.table = NULL;
	}
	ehframe_free(b.table);
	free(b.cies);
	free(b.fdes);
	return err;
}

void ehframe_free(struct ehframe_table *table)
{
	if (table)
		free(table->rows);
	free(table);
}

const struct ehframe_row *ehframe_find(const struct ehframe_table *table, uint64_t vaddr)
{
	size_t lo = 0, hi = table->row_cnt, mid;

	while (lo < hi) { /* lo: the first row above vaddr */
		mid = lo + (hi - lo) / 2;
		if (table->rows[mid].vaddr <= vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &table->rows[lo - 1] : NULL;
}

/* ---- ELF ---- */

static Elf_Scn *find_section(Elf *elf, const char *name, GElf_Shdr *shdr)
{
	Elf_Scn *scn = NULL;
	const char *is;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		is = gelf_getshdr(scn, shdr) ? elf_strptr(elf, names, shdr->sh_name) : NULL;
		if (is && !strcmp(is, name))
			return scn;
	}
	return NULL;
}

static int parse_nonempty(const struct ehframe_section *sec, struct ehframe_table **out)
{
	int err = ehframe_parse(sec, out);

	if (!err && !(*out)->row_cnt) {
		ehframe_free(*out);
		*out = NULL;
		err = -ENODATA;
	}
	return err;
}

static int load_section(Elf_Scn *scn, struct ehframe_section *sec, struct ehframe_table **out)
{
	GElf_Shdr shdr;
	GElf_Chdr chdr;
	Elf_Data *data;

	if (!gelf_getshdr(scn, &shdr))
		return -ENOEXEC;
	if (shdr.sh_type == SHT_NOBITS) /* a debug file: the program has the bytes */
		return -ENODATA;
	if (shdr.sh_flags & SHF_COMPRESSED) {
		if (!gelf_getchdr(scn, &chdr))
			return -ENOEXEC;
		if (chdr.ch_size > EHFRAME_MAX_SIZE)
			return -ENOSPC;
		if (elf_compress(scn, 0, 0) < 0)
			return -ENOEXEC;
	} else if (shdr.sh_size > EHFRAME_MAX_SIZE) {
		return -ENOSPC;
	}
	data = elf_getdata(scn, NULL);
	if (!data)
		return -ENOEXEC;
	sec->bytes = data->d_buf;
	sec->size = data->d_size;
	sec->vaddr = shdr.sh_addr;
	return parse_nonempty(sec, out);
}

/* The bytes from VADDR to the end of its PT_LOAD; NULL if no segment has it. */
static Elf_Data *segment_bytes(Elf *elf, uint64_t vaddr)
{
	GElf_Phdr ph;
	uint64_t size;
	size_t cnt;

	if (elf_getphdrnum(elf, &cnt))
		return NULL;
	for (size_t i = 0; i < cnt; i++) {
		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_LOAD || vaddr < ph.p_vaddr ||
		    vaddr - ph.p_vaddr >= ph.p_filesz)
			continue;
		size = ph.p_filesz - (vaddr - ph.p_vaddr);
		if (size > EHFRAME_MAX_SIZE)
			size = EHFRAME_MAX_SIZE;
		return elf_getdata_rawchunk(elf, (int64_t)(ph.p_offset + (vaddr - ph.p_vaddr)),
					    size, ELF_T_BYTE);
	}
	return NULL;
}

/*
 * A file without section headers: .eh_frame_hdr has the address, and nothing has
 * the size, which is why sections come first.  LSB Core, 10.6.2: version 1, three
 * encodings, the pointer to .eh_frame; data-relative is from the header's start.
 */
static int load_segment(Elf *elf, struct ehframe_table **out)
{
	struct ehframe_section sec = { .unbounded = true };
	struct cursor c = { 0 };
	Elf_Data *data = NULL;
	GElf_Phdr ph;
	size_t cnt = 0;
	uint8_t encoding;

	elf_getphdrnum(elf, &cnt);
	for (size_t i = 0; i < cnt && !data; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_GNU_EH_FRAME)
			data = segment_bytes(elf, ph.p_vaddr);
	if (!data)
		return -ENODATA;
	c.p = sec.bytes = data->d_buf;
	c.end = c.p + data->d_size;
	sec.vaddr = sec.data_base = ph.p_vaddr;
	if (read_fixed(&c, 1) != 1)
		return -ENOEXEC;
	encoding = (uint8_t)read_fixed(&c, 1);
	read_fixed(&c, 2);
	sec.vaddr = read_pointer(&c, encoding, &sec);
	data = c.bad ? NULL : segment_bytes(elf, sec.vaddr);
	if (!data)
		return -ENOEXEC;
	sec.bytes = data->d_buf;
	sec.size = data->d_size;
	sec.data_base = 0;
	return parse_nonempty(&sec, out);
}

static int load_elf(Elf *elf, struct ehframe_table **out)
{
	struct ehframe_section eh_frame = { 0 }, debug_frame = { .debug_frame = true };
	GElf_Ehdr ehdr;
	GElf_Shdr shdr;
	Elf_Scn *scn;
	int err;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &ehdr))
		return -ENOEXEC;
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_ident[EI_DATA] != ELFDATA2LSB ||
	    ehdr.e_machine != EM_X86_64 || (ehdr.e_type != ET_EXEC && ehdr.e_type != ET_DYN))
		return -ENOTSUP;

	scn = find_section(elf, ".eh_frame", &shdr);
	err = scn ? load_section(scn, &eh_frame, out) : load_segment(elf, out);
	if (err != -ENODATA)
		return err;
	/*
	 * Go saves RBP and does not say so: its CFI finds each caller but hands C code
	 * beneath it a wrong RBP.  Its frame pointers are always right.
	 */
	if (find_section(elf, ".note.go.buildid", &shdr))
		return -ENODATA;
	scn = find_section(elf, ".debug_frame", &shdr);
	return scn ? load_section(scn, &debug_frame, out) : -ENODATA;
}

int ehframe_load(int fd, struct ehframe_table **out)
{
	Elf *elf;
	int err;

	*out = NULL;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL); /* reads; READ_MMAP would map */
	err = load_elf(elf, out);
	elf_end(elf);
	return err;
}

int ehframe_load_image(const void *image, size_t size, struct ehframe_table **out)
{
	Elf *elf;
	int err;

	*out = NULL;
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)image, size); /* only read from: no update follows */
	err = load_elf(elf, out);
	elf_end(elf);
	return err;
}
