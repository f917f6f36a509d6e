// SPDX-License-Identifier: BSD-2-Clause
/* lineage.c - see lineage.h. */
#include "profiler/source/lineage.h"

#include <errno.h>
#include <stdlib.h>

#define TIDS_MAX (1u << 22) /* PID_MAX_LIMIT of the kernel; half a MiB, little of it touched */
#define BITS	 64

struct lineage {
	uint32_t awaited; /* the thread that an exec will add; 0: none */
	uint64_t members[TIDS_MAX / BITS];
};

int lineage_new(struct lineage **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void lineage_free(struct lineage *l)
{
	free(l);
}

static void set(struct lineage *l, uint32_t tid, bool member)
{
	uint64_t bit = 1ULL << tid % BITS;

	if (!tid || tid >= TIDS_MAX || lineage_has(l, tid) == member)
		return;
	l->members[tid / BITS] ^= bit;
}

void lineage_add(struct lineage *l, const struct id_list *threads)
{
	for (size_t i = 0; i < threads->cnt; i++)
		set(l, (uint32_t)threads->ids[i], true);
}

void lineage_await(struct lineage *l, uint32_t tid)
{
	l->awaited = tid;
}

void lineage_exec(struct lineage *l, uint32_t tid)
{
	if (!tid || tid != l->awaited)
		return;
	l->awaited = 0;
	set(l, tid, true);
}

void lineage_fork(struct lineage *l, uint32_t tid, uint32_t parent)
{
	set(l, tid, lineage_has(l, parent));
}

bool lineage_has(const struct lineage *l, uint32_t tid)
{
	return tid < TIDS_MAX && l->members[tid / BITS] >> tid % BITS & 1;
}
