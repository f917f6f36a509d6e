// SPDX-License-Identifier: BSD-2-Clause
/* turns.c - see turns.h. */
#include "symbolize/turns.h"

#include <errno.h>
#include <stdlib.h>

void turns_fini(struct turns *t)
{
	free(t->all);
	*t = (struct turns){ 0 };
}

int turns_of(struct turns *t, uint32_t owner, struct turn **out)
{
	struct turn *bigger;

	for (size_t i = 0; i < t->cnt; i++) {
		*out = &t->all[i];
		if ((*out)->owner == owner)
			return 0;
	}
	*out = NULL;
	if (t->cnt == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 8;

		bigger = reallocarray(t->all, cap, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		t->all = bigger;
		t->cap = cap;
	}
	*out = &t->all[t->cnt++];
	**out = (struct turn){ .owner = owner };
	return 0;
}

struct turn *turns_next(const struct turns *t)
{
	struct turn *next = NULL;

	for (size_t i = 0; i < t->cnt; i++) {
		struct turn *turn = &t->all[i];

		if (turn->waiting && (!next || turn->spent_ns < next->spent_ns))
			next = turn;
	}
	return next;
}
