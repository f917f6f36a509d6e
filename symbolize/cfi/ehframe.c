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
#include "symbolize/cfi/ehframe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/cfi/cfi_program.h"
#include "symbolize/cfi/eh_pointer.h"
#include "symbolize/limits.h"

#define PADDING_MAX  15	  /* functions are aligned to 16: a smaller gap holds no code */
#define ROWS_AT_ONCE 8192 /* rows after which those made so far go to the sink */
#define SORT_BITS    11	  /* digit of the radix sort: its counters stay in the L1 cache */
#define SORT_MASK    ((1u << SORT_BITS) - 1)

struct cie {
	size_t off; /* in the section; FDEs name their CIE by it */
	struct cfi_common common;
	bool has_aug_data;
	bool bad_header;  /* its FDEs cannot be read */
	bool bad_program; /* of its FDEs only the address ranges can be read */
};

/* What an FDE is sorted by; the rest is read once more when its rows are made. */
struct fde_ref {
	uint64_t start; /* vaddr */
	uint32_t off;	/* of the FDE in the section */
};
_Static_assert(LIMIT_CFI <= UINT32_MAX, "an offset in the section");

struct fde {
	uint64_t start, end; /* vaddr */
	struct cursor program;
	const struct cie *cie;
};

struct ehframe_builder {
	const struct ehframe_section *sec;
	struct ehframe_rows rows;
	const struct ehframe_sink *sink; /* NULL if all rows are kept */
	struct cie *cies;
	struct fde_ref *fdes;
	size_t cie_cap, fde_cap, cie_cnt, fde_cnt, bad_cnt;
};

/* Grow ARRAY, of elements of SIZE bytes.  NULL if memory runs out; ARRAY stays valid then. */
static void *array_grow(void *array, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 1024;
	void *grown = reallocarray(array, more, size);

	if (grown)
		*cap = more;
	return grown;
}

/* ---- entries: LSB Core, 10.6.1; DWARF 5, 6.4.1 ---- */

struct ehframe_entry {
	size_t off; /* of the length field */
	bool is_cie;
	uint64_t cie_off;   /* of the CIE that an FDE belongs to */
	struct cursor body; /* what follows the CIE id or pointer */
};

/*
 * Set *E to the entry at *POS, and *POS to the one behind it.  1 if there is one, 0 at the
 * end, -1 if the rest is damaged.
 */
static int entry_next(const struct ehframe_section *sec, size_t *pos, struct ehframe_entry *e)
{
	struct cursor c = { sec->bytes + *pos, sec->bytes + sec->size, false };
	uint64_t length, id, id_off;
	uint8_t off_size;

	do {
		if (cursor_left(&c) < 4) /* padding: a length has 4 bytes */
			return 0;
		e->off = (size_t)(c.at - sec->bytes);
		length = cursor_length(&c, &off_size);
		if (c.bad || length > cursor_left(&c))
			return -1;
		/* crtend.o ends the section so; behind other start files more can follow. */
		if (!length && sec->unbounded)
			return 0;
	} while (!length);
	c.end = c.at + length;
	*pos = (size_t)(c.end - sec->bytes);

	/* Only .debug_frame has a wide id; LSB keeps 4 bytes whatever the length is. */
	id_off = (uint64_t)(c.at - sec->bytes);
	if (!sec->debug_frame)
		off_size = 4;
	id = cursor_sized(&c, off_size);
	e->is_cie = id == (!sec->debug_frame ? 0 : off_size == 8 ? UINT64_MAX : UINT32_MAX);
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
	data = cursor_block(c);
	for (; *letters && !data.bad; letters++) {
		switch (*letters) {
		case 'R':
			cie->common.encoding = cursor_u8(&data);
			break;
		case 'P': /* the personality routine, of which only the size matters */
			eh_encoded(&data, cursor_u8(&data));
			break;
		case 'L':
			cursor_u8(&data);
			break;
		case 'S':
			cie->common.is_signal = true;
			break;
		case 'B': /* how another architecture signs return addresses */
			break;
		default: /* it could have data, so the letters behind it are lost */
			data.bad = true;
		}
	}
	c->bad |= data.bad;
}

/* Read the header, and leave C behind it, where the initial program is. */
static void cie_parse_header(struct cie *cie, struct cursor *c)
{
	uint8_t version = cursor_u8(c);
	const char *letters = cursor_string(c);
	uint64_t ra;

	if (version != 1 && version != 3 && version != 4) {
		c->bad = true;
		return;
	}
	if (version == 4 && (cursor_u8(c) != 8 || cursor_u8(c) != 0))
		c->bad = true; /* the sizes of an address and of a segment selector */
	cie->common.code_align = cursor_uleb(c);
	cie->common.data_align = cursor_sleb(c);
	ra = version == 1 ? cursor_u8(c) : cursor_uleb(c);
	if (ra != CFI_REG_RA)
		c->bad = true;
	cie_parse_augmentation(cie, c, letters);
}

static int cie_add(struct ehframe_builder *b, const struct ehframe_entry *e)
{
	struct cie *cies, *cie;
	struct cfi_run x = { .cur = e->body, .sec = b->sec, .out = &b->rows };

	if (b->cie_cnt == LIMIT_CIES)
		return -ENOSPC;
	if (b->cie_cnt == b->cie_cap) {
		cies = array_grow(b->cies, &b->cie_cap, sizeof(*cies));
		if (!cies)
			return -ENOMEM;
		b->cies = cies;
	}
	cie = &b->cies[b->cie_cnt++];
	*cie = (struct cie){ .off = e->off, .common.init = cfi_abi_rules };
	cie_parse_header(cie, &x.cur);
	cie->bad_header = x.cur.bad;
	if (!cie->bad_header) {
		x.common = &cie->common;
		x.rules = cfi_abi_rules;
		cie->bad_program = !cfi_run(&x);
		cie->common.init = x.rules;
	}
	if (cie->bad_header || cie->bad_program)
		b->bad_cnt++;
	return 0;
}

/* A binary search: CIEs were collected in the order of the section. */
static const struct cie *cie_find(const struct ehframe_builder *b, uint64_t off)
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

/* False if the FDE is damaged. */
static bool fde_parse(const struct ehframe_builder *b, const struct ehframe_entry *e,
		      struct fde *fde)
{
	struct cursor c = e->body;
	uint64_t count;

	*fde = (struct fde){ .cie = cie_find(b, e->cie_off) };
	if (!fde->cie || fde->cie->bad_header)
		return false;
	fde->start = eh_pointer(&c, fde->cie->common.encoding, b->sec);
	count = eh_encoded(&c, fde->cie->common.encoding);
	if (fde->cie->has_aug_data)
		cursor_block(&c);
	fde->program = c;
	/* A signed format can give a negative size. */
	return !c.bad && count <= INT64_MAX &&
	       !__builtin_add_overflow(fde->start, count, &fde->end);
}

static int fde_add(struct ehframe_builder *b, const struct ehframe_entry *e)
{
	struct fde_ref *fdes;
	struct fde fde;

	if (!fde_parse(b, e, &fde)) {
		b->bad_cnt++;
		return 0;
	}
	/* The linker discarded the function, so its relocations gave 0. */
	if (!fde.start || fde.start == fde.end)
		return 0;
	if (b->fde_cnt == LIMIT_FDES)
		return -ENOSPC;
	if (b->fde_cnt == b->fde_cap) {
		fdes = array_grow(b->fdes, &b->fde_cap, sizeof(*fdes));
		if (!fdes)
			return -ENOMEM;
		b->fdes = fdes;
	}
	b->fdes[b->fde_cnt++] = (struct fde_ref){ fde.start, (uint32_t)e->off };
	return 0;
}

/* Collect the CIEs, or the FDEs, which come second: in .debug_frame a CIE may follow them. */
static int collect(struct ehframe_builder *b, bool cies)
{
	struct ehframe_entry e;
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
		b->bad_cnt++;
	return 0;
}

/* ---- the table ---- */

/*
 * A radix sort, by digits from the right.  It is stable, so that of equal starts the first
 * in the section stays first, and takes half of qsort()'s time.  Digits that all starts
 * share are left out, which leaves two or three passes.
 */
static int sort_fdes(struct ehframe_builder *b)
{
	struct fde_ref *from = b->fdes, *to, *swap;
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

static int order_fdes(struct ehframe_builder *b)
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

/* Make the rows of FDE, up to END. */
static int fde_rows(struct ehframe_builder *b, struct cfi_run *x, const struct fde *fde,
		    uint64_t end)
{
	struct ehframe_row unsup = { .vaddr = fde->start, .cfa = EHFRAME_CFA_UNSUP };
	const struct cie *cie = fde->cie;
	size_t row_cnt = b->rows.cnt;
	bool ok;

	x->common = &cie->common;
	x->cur = fde->program;
	x->cur.bad = cie->bad_program;
	x->vaddr = fde->start;
	x->end = end;
	x->rules = cie->common.init;
	x->state_cnt = 0;
	ok = cfi_run(x);
	if (x->err)
		return x->err;
	if (ok) {
		cfi_move_to(x, end);
		return x->err;
	}
	b->rows.cnt = row_cnt; /* rows before the damage cannot be trusted either */
	b->bad_cnt++;
	return ehframe_rows_add(&b->rows, &unsup);
}

/* Give all rows but the last KEPT to the sink: one that follows may be merged with the last. */
static int pass_rows(struct ehframe_builder *b, size_t kept)
{
	size_t cnt = b->rows.cnt - kept;
	int err = b->sink->rows(b->sink->ctx, b->rows.rows, cnt);

	if (kept)
		b->rows.rows[0] = b->rows.rows[cnt];
	b->rows.cnt = kept;
	b->rows.passed_cnt += cnt;
	return err;
}

static int make_rows(struct ehframe_builder *b)
{
	struct cfi_run x = { .sec = b->sec, .out = &b->rows };
	struct ehframe_row gap = { .cfa = EHFRAME_CFA_NONE };
	struct ehframe_entry entry;
	struct fde fde;
	uint64_t next;
	size_t pos;
	int err;

	for (size_t i = 0; i < b->fde_cnt; i++) {
		pos = b->fdes[i].off;
		entry_next(b->sec, &pos, &entry);
		fde_parse(b, &entry, &fde); /* it was sound when it was collected */
		next = i + 1 < b->fde_cnt ? b->fdes[i + 1].start : UINT64_MAX;
		gap.vaddr = fde.end < next ? fde.end : next;
		err = fde_rows(b, &x, &fde, gap.vaddr);
		if (!err && (next - gap.vaddr > PADDING_MAX || i + 1 == b->fde_cnt))
			err = ehframe_rows_add(&b->rows, &gap);
		if (!err && b->sink && b->rows.cnt > ROWS_AT_ONCE)
			err = pass_rows(b, 1);
		if (err)
			return err;
	}
	return b->sink && b->rows.cnt ? pass_rows(b, 0) : 0;
}

int ehframe_parse_to(const struct ehframe_section *sec, const struct ehframe_sink *sink,
		     struct ehframe_table **out)
{
	struct ehframe_builder b = { .sec = sec, .sink = sink };
	int err;

	*out = NULL;
	if (sec->size > LIMIT_CFI)
		return -ENOSPC;
	err = collect(&b, true);
	if (!err)
		err = collect(&b, false);
	if (!err)
		err = order_fdes(&b);
	if (!err)
		err = make_rows(&b);
	if (!err)
		err = ehframe_rows_to_table(&b.rows, out);
	if (!err) {
		(*out)->fde_cnt = b.fde_cnt;
		(*out)->bad_cnt = b.bad_cnt;
		(*out)->debug_frame = sec->debug_frame;
	}
	free(b.rows.rows);
	free(b.cies);
	free(b.fdes);
	return err;
}

int ehframe_parse(const struct ehframe_section *sec, struct ehframe_table **out)
{
	return ehframe_parse_to(sec, NULL, out);
}
