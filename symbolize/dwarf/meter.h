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

/* What the DWARF of a file may still take; its sections and threads share it. */
struct dwarf_budget {
	_Atomic int64_t left; /* bytes that are held */
	_Atomic int64_t work; /* steps; negative if there were too few */
};

#define DWARF_METER_STEPS 65536 /* that a thread takes at a time */

struct dwarf_meter {
	struct dwarf_budget *budget;
	int64_t left; /* steps that are taken from the budget, and not made */
};

/* Take CNT steps and more from the budget; false, for good, if it has too few. */
static inline bool dwarf_meter_refill(struct dwarf_meter *m)
{
	int64_t cnt = DWARF_METER_STEPS - m->left;

	if (atomic_fetch_sub(&m->budget->work, cnt) < cnt) {
		atomic_store(&m->budget->work, -1);
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
