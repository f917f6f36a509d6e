/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ehframe_bytes.h - sections of CFI, written entry by entry, and tables as text:
 *
 *     +4 rbp+16 fp@cfa-16      from start+4: CFA = RBP + 16, RBP saved at CFA - 16
 */
#ifndef TESTS_UNIT_EHFRAME_BYTES_H
#define TESTS_UNIT_EHFRAME_BYTES_H

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/cfi/ehframe.h"
#include "symbolize/cfi/ehframe_overlay.h"
#include "tests/unit/row.h"

#define SECTION_VADDR 0x8000 /* where the hand-written section is loaded */
#define CODE_VADDR    0x401000
#define CODE_SIZE     0x40

#define BYTES(...)                                                                                 \
	{                                                                                          \
		{ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })                          \
	}

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

static inline void put(struct image *im, const void *bytes, size_t size)
{
	assert_true(im->size + size <= sizeof(im->at));
	memcpy(im->at + im->size, bytes, size);
	im->size += size;
}

static inline void put_int(struct image *im, uint64_t v, size_t size)
{
	put(im, &v, size);
}

static inline void entry_begin(struct image *im, uint64_t id, size_t id_size)
{
	im->entry = im->size;
	if (id_size == 8) /* 64-bit DWARF */
		put_int(im, UINT32_MAX, 4);
	put_int(im, 0, id_size);
	put_int(im, id, id_size);
}

static inline void entry_end(struct image *im, size_t id_size)
{
	size_t head = id_size == 8 ? 12 : 4;
	uint64_t length = im->size - im->entry - head;

	memcpy(im->at + im->entry + head - id_size, &length, id_size);
}

static const struct bytes usual_cie =
	BYTES(1, 'z', 'R', 0, 1, 0x78, 16, 1, DW_EH_PE_pcrel | DW_EH_PE_sdata4, DW_CFA_def_cfa, 7,
	      8, DW_CFA_offset | 16, 1);

/* Returns the entry's offset. */
static inline size_t put_cie(struct image *im, const struct bytes *body)
{
	entry_begin(im, 0, 4);
	put(im, body->at, body->size);
	entry_end(im, 4);
	return im->entry;
}

static inline void put_fde(struct image *im, size_t cie, uint64_t start, uint32_t size,
			   const void *program, size_t program_size)
{
	entry_begin(im, im->size + 4 - cie, 4);
	put_int(im, start - (SECTION_VADDR + im->size), 4);
	put_int(im, size, 4);
	put_int(im, 0, 1); /* augmentation data: none */
	put(im, program, program_size);
	entry_end(im, 4);
}

/* An FDE of .debug_frame: absolute addresses, the CIE by its offset. */
static inline void put_debug_fde(struct image *im, uint64_t cie, size_t id_size)
{
	entry_begin(im, cie, id_size);
	put_int(im, CODE_VADDR, 8);
	put_int(im, CODE_SIZE, 8);
	entry_end(im, id_size);
}

static inline void put_debug_cie(struct image *im, size_t id_size)
{
	static const struct bytes body = BYTES(4, 0, 8, 0, 1, 0x78, 16, DW_CFA_def_cfa, 7, 8);

	entry_begin(im, UINT64_MAX, id_size);
	put(im, body.at, body.size);
	entry_end(im, id_size);
}

static inline void format_row(char *text, size_t size, const struct ehframe_row *r, uint64_t base)
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
			 r->cfa == EHFRAME_CFA_NONE	? "none"
			 : r->cfa == EHFRAME_CFA_SIGNAL ? "signal"
			 : r->cfa == EHFRAME_CFA_END	? "end"
			 : r->cfa == EHFRAME_CFA_UNSUP	? "unsup"
							: "?");
	}
	if (r->fp == EHFRAME_FP_AT_CFA || r->fp == EHFRAME_FP_AT_FP)
		snprintf(fp, sizeof(fp), " fp@%s%+d", r->fp == EHFRAME_FP_AT_CFA ? "cfa" : "fp",
			 r->fp_off);
	else if (r->fp == EHFRAME_FP_LOST)
		snprintf(fp, sizeof(fp), " fp lost");
	snprintf(text, size, "%s %s%s; ", at, rule, fp);
}

/* What every table promises, whatever the input was. */
static inline void check_promises(const struct ehframe_table *t)
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

static inline void check_table(const char *name, const struct ehframe_table *t, const char *want)
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
static inline struct ehframe_table *parse(const uint8_t *bytes, size_t size,
					  struct ehframe_section sec)
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

static inline void check_image(const char *name, const struct image *im, struct ehframe_section sec,
			       const char *want)
{
	struct ehframe_table *t = parse(im->at, im->size, sec);

	check_table(name, t, want);
	ehframe_free(t);
}

#endif /* TESTS_UNIT_EHFRAME_BYTES_H */
