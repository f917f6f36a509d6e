// SPDX-License-Identifier: BSD-2-Clause
/* query.c - see query.h. */
#include "symbolize/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CANDIDATES 64

/* A sized symbol that holds the slots [lo, hi). */
struct query_candidate {
	struct query_sym sym;
	size_t underscore_cnt, len; /* of its name, which may be long and is compared often */
	size_t lo, hi;
	bool won;
};

/* A slot is one distinct address that was asked for, in ascending order. */
struct query_slot {
	const struct query_sym *best;
	/*
	 * Of the symbols that start at or below this slot and above the previous
	 * one, the one that starts last: an unsized symbol is judged by it.  Its name is
	 * NULL as long as there is none.
	 */
	struct query_sym function, label;
};

struct query {
	uint64_t *addrs; /* one per slot, apart from `slots` as they are searched often */
	struct query_slot *slots;
	size_t cnt;
	size_t *next_free; /* the first unpainted slot at or above this one, by union-find */
	struct query_candidate *cands;
	size_t cand_cnt, cand_cap;
	void **buffers;
	size_t buffer_cnt;
	int err;
};

static int compare_addrs(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

static void sort_unique(struct query *q)
{
	bool is_sorted = true;
	size_t kept = 0;

	/* The addresses come from a sorted list as a rule. */
	for (size_t i = 1; i < q->cnt; i++)
		is_sorted &= q->addrs[i - 1] <= q->addrs[i];
	if (!is_sorted)
		qsort(q->addrs, q->cnt, sizeof(*q->addrs), compare_addrs);
	for (size_t i = 0; i < q->cnt; i++) {
		if (!kept || q->addrs[kept - 1] != q->addrs[i])
			q->addrs[kept++] = q->addrs[i];
	}
	q->cnt = kept;
}

int query_new(const uint64_t *addrs, size_t cnt, struct query **out)
{
	struct query *q = calloc(1, sizeof(*q));

	*out = NULL;
	if (!q)
		return -ENOMEM;
	q->cnt = cnt;
	/* There is one more than asked for: malloc(0) may be NULL, next_free has an end mark. */
	q->addrs = calloc(cnt + 1, sizeof(*q->addrs));
	q->slots = calloc(cnt + 1, sizeof(*q->slots));
	q->next_free = calloc(cnt + 1, sizeof(*q->next_free));
	if (!q->addrs || !q->slots || !q->next_free) {
		query_free(q);
		return -ENOMEM;
	}
	if (cnt)
		memcpy(q->addrs, addrs, cnt * sizeof(*addrs));
	sort_unique(q);
	*out = q;
	return 0;
}

void query_free(struct query *q)
{
	if (!q)
		return;
	for (size_t i = 0; i < q->buffer_cnt; i++)
		free(q->buffers[i]);
	free(q->buffers);
	free(q->cands);
	free(q->next_free);
	free(q->slots);
	free(q->addrs);
	free(q);
}

int query_own(struct query *q, void *buffer)
{
	void **bigger = reallocarray(q->buffers, q->buffer_cnt + 1, sizeof(*bigger));

	if (!bigger) {
		free(buffer);
		return -ENOMEM;
	}
	q->buffers = bigger;
	q->buffers[q->buffer_cnt++] = buffer;
	return 0;
}

/* The index of the first of ADDRS[lo, hi) that is not below ADDR, or hi. */
static size_t lower_bound(const uint64_t *addrs, size_t lo, size_t hi, uint64_t addr)
{
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (addrs[mid] < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Like lower_bound(), for an answer that is expected close to LO, as symbols are short. */
static size_t lower_bound_near(const uint64_t *addrs, size_t lo, size_t cnt, uint64_t addr)
{
	size_t step = 1;

	while (lo + step < cnt && addrs[lo + step] < addr)
		step *= 2;
	return lower_bound(addrs, lo, lo + step < cnt ? lo + step : cnt, addr);
}

static void measure(struct query_candidate *c)
{
	c->underscore_cnt = strspn(c->sym.name, "_");
	c->len = strlen(c->sym.name);
}

/* Compare by rules 5 and 6 of query.h, as measured; negative if A is better. */
static int compare_names(const struct query_candidate *a, const struct query_candidate *b)
{
	if (a->sym.rank != b->sym.rank)
		return a->sym.rank > b->sym.rank ? -1 : 1;
	if (a->underscore_cnt != b->underscore_cnt)
		return a->underscore_cnt < b->underscore_cnt ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return a->sym.name == b->sym.name ? 0 : strcmp(a->sym.name, b->sym.name);
}

/* Compare by rules 2 to 6, best first; then by length, so that the order is total. */
static int compare_candidates(const void *pa, const void *pb)
{
	const struct query_candidate *ca = pa, *cb = pb;
	const struct query_sym *a = &ca->sym, *b = &cb->sym;
	int cmp;

	if (a->label != b->label)
		return a->label ? 1 : -1;
	if (a->order != b->order)
		return a->order > b->order ? -1 : 1;
	if (a->start != b->start)
		return a->start > b->start ? -1 : 1;
	cmp = compare_names(ca, cb);
	return cmp ? cmp : (a->end > b->end) - (a->end < b->end);
}

/* The first unpainted slot at or above I, shortening the path to it. */
static size_t find_free(size_t *next_free, size_t i)
{
	size_t root = i;

	while (next_free[root] != root)
		root = next_free[root];
	while (next_free[i] != root) {
		size_t above = next_free[i];

		next_free[i] = root;
		i = above;
	}
	return root;
}

/* Give each candidate, best first, those of its slots that are still free. */
static void paint(struct query *q)
{
	if (q->cand_cnt)
		qsort(q->cands, q->cand_cnt, sizeof(*q->cands), compare_candidates);
	for (size_t i = 0; i <= q->cnt; i++)
		q->next_free[i] = i;
	for (size_t i = 0; i < q->cand_cnt; i++) {
		struct query_candidate *c = &q->cands[i];

		c->won = false;
		for (size_t s = find_free(q->next_free, c->lo); s < c->hi;
		     s = find_free(q->next_free, s)) {
			q->slots[s].best = &c->sym;
			q->next_free[s] = s + 1;
			c->won = true;
		}
	}
}

/* Drop the losers; at most one candidate per slot is left. */
static void compact(struct query *q)
{
	size_t kept = 0;

	paint(q);
	for (size_t i = 0; i < q->cand_cnt; i++) {
		if (q->cands[i].won)
			q->cands[kept++] = q->cands[i];
	}
	q->cand_cnt = kept;
}

/* Make memory for one more.  Compacting only when half can go costs a sort per doubling. */
static int make_room(struct query *q)
{
	size_t cap = q->cand_cap ? q->cand_cap : FIRST_CANDIDATES / 2;
	struct query_candidate *bigger;

	if (q->cand_cap > 2 * q->cnt) {
		compact(q);
		return 0;
	}
	bigger = reallocarray(q->cands, cap, 2 * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	q->cands = bigger;
	q->cand_cap = 2 * cap;
	return 0;
}

/* Of two symbols at or below a slot: which one says where the last of them ends? */
static bool starts_later(const struct query_sym *a, const struct query_sym *b)
{
	struct query_candidate ca, cb;

	if (!b->name || a->start != b->start)
		return !b->name || a->start > b->start;
	/* A size says more than its absence. */
	if (a->sized != b->sized)
		return a->sized;
	if (a->sized)
		return a->end > b->end;
	ca.sym = *a;
	cb.sym = *b;
	measure(&ca);
	measure(&cb);
	return compare_names(&ca, &cb) < 0;
}

/* Has SYM a slot at or behind its start?  *lo is the first of them. */
static bool find_slot(const struct query *q, const struct query_sym *sym, size_t *lo)
{
	*lo = 0;
	if (!q->cnt || sym->start > q->addrs[q->cnt - 1] || sym->start >= sym->end)
		return false;
	if (sym->start > q->addrs[0])
		*lo = lower_bound(q->addrs, 0, q->cnt, sym->start);
	return true;
}

bool query_wants(const struct query *q, const struct query_sym *sym)
{
	const struct query_sym *nearest;
	size_t lo;

	if (!find_slot(q, sym, &lo))
		return false;
	nearest = sym->label ? &q->slots[lo].label : &q->slots[lo].function;
	if (sym->sized)
		return q->addrs[lo] < sym->end;
	return !nearest->name || sym->start >= nearest->start;
}

void query_offer(struct query *q, const struct query_sym *sym)
{
	size_t lo;
	struct query_sym *nearest;

	if (!find_slot(q, sym, &lo))
		return;
	nearest = sym->label ? &q->slots[lo].label : &q->slots[lo].function;
	if (starts_later(sym, nearest))
		*nearest = *sym;

	if (!sym->sized || q->addrs[lo] >= sym->end || q->err)
		return;
	if (q->cand_cnt == q->cand_cap)
		q->err = make_room(q);
	if (q->err)
		return;
	q->cands[q->cand_cnt++] = (struct query_candidate){
		.sym = *sym,
		.lo = lo,
		.hi = lower_bound_near(q->addrs, lo, q->cnt, sym->end),
	};
	measure(&q->cands[q->cand_cnt - 1]);
}

/* Who holds ADDR by rule 1, when no sized symbol does? */
static const struct query_sym *choose_unsized(const struct query_slot *slot, uint64_t addr)
{
	const struct query_sym *function = &slot->function, *label = &slot->label;

	if (label->name && (!function->name || label->start > function->start)) {
		/* A label inside the function before the gap does not name the gap. */
		if (function->name && function->sized && label->start < function->end)
			return NULL;
		function = label;
	}
	return function->name && !function->sized && addr < function->end ? function : NULL;
}

int query_finish(struct query *q)
{
	if (q->err)
		return q->err;
	paint(q);
	for (size_t i = 0; i < q->cnt; i++) {
		struct query_slot *slot = &q->slots[i];

		if (i && slot[-1].function.name &&
		    starts_later(&slot[-1].function, &slot->function))
			slot->function = slot[-1].function;
		if (i && slot[-1].label.name && starts_later(&slot[-1].label, &slot->label))
			slot->label = slot[-1].label;
		if (!slot->best)
			slot->best = choose_unsized(slot, q->addrs[i]);
	}
	return 0;
}

const struct query_sym *query_find(const struct query *q, uint64_t addr)
{
	size_t i = lower_bound(q->addrs, 0, q->cnt, addr);

	return i < q->cnt && q->addrs[i] == addr ? q->slots[i].best : NULL;
}
