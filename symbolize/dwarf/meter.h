/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * meter.h - counts the work that DWARF makes, and ends it.
 *
 * A step is a DIE or a value that is passed over, a range, a row of a line table: some
 * nanoseconds.  A file of some megabytes can ask for steps without end, as many DIEs may
 * share a list, many units a table; so all of them are counted, and a file has so many.
 *
 * Ownership: the budget is the caller's, and shared by threads.
 * Threads:   one meter, one thread.
 */
#ifndef SYMBOLIZE_DWARF_METER_H
#define SYMBOLIZE_DWARF_METER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "symbolize/limits.h"

/* What the DWARF of a file may still take; its sections and threads share it. */
struct dwarf_budget {
	_Atomic int64_t left;	 /* bytes that are held */
	_Atomic int64_t work;	 /* steps */
	_Atomic int64_t granted; /* steps so far, made or not */
	_Atomic bool lacks_work; /* there were too few */
};

/* Let a file begin; and let it, or another one that belongs to it, walk through SIZE bytes. */
static inline void dwarf_budget_begin(struct dwarf_budget *b)
{
	atomic_store(&b->work, LIMIT_WORK);
	atomic_store(&b->granted, LIMIT_WORK);
	atomic_store(&b->lacks_work, false);
}

static inline void dwarf_budget_grant(struct dwarf_budget *b, uint64_t size)
{
	int64_t room = LIMIT_WORK_MOST - atomic_load(&b->granted);
	int64_t cnt = size < LIMIT_WORK_MOST ? (int64_t)size * LIMIT_WORK_A_BYTE : room;

	cnt = cnt < room ? cnt : room;
	if (cnt <= 0)
		return;
	atomic_fetch_add(&b->granted, cnt);
	atomic_fetch_add(&b->work, cnt);
}

#define DWARF_METER_STEPS 65536 /* that a thread takes at a time */

struct dwarf_meter {
	struct dwarf_budget *budget;
	int64_t left; /* steps that are taken from the budget, and not made */
};

/* Take what is missing, and more, from the budget; false if it has too little. */
static inline bool dwarf_meter_refill(struct dwarf_meter *m)
{
	int64_t cnt = DWARF_METER_STEPS - m->left;

	if (atomic_fetch_sub(&m->budget->work, cnt) < cnt) {
		atomic_fetch_add(&m->budget->work, cnt);
		atomic_store(&m->budget->lacks_work, true);
		m->left = -1;
		return false;
	}
	m->left += cnt;
	return true;
}

/* Count CNT steps; false if the file has no more. */
static inline bool dwarf_meter_take(struct dwarf_meter *m, uint64_t cnt)
{
	m->left -= (int64_t)(cnt & INT32_MAX);
	return m->left >= 0 || dwarf_meter_refill(m);
}

/* Give back what was not needed. */
static inline void dwarf_meter_fini(struct dwarf_meter *m)
{
	if (m->budget && m->left > 0)
		atomic_fetch_add(&m->budget->work, m->left);
	m->left = 0;
}

#endif /* SYMBOLIZE_DWARF_METER_H */
