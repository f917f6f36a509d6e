// SPDX-License-Identifier: BSD-2-Clause
/* kernel_view.c - see kernel_view.h. */
#include "profiler/recording/kernel_view.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/allowance.h"
#include "profiler/array.h"
#include "profiler/clock.h"
#include "profiler/recording/interpreters.h"
#include "profiler/tables/mapping_tables.h"
#include "profiler/tables/spaces.h"

/*
 * Telling of one process may take 2 % of a CPU, of all together 5 %; and more for a moment, as
 * at the start, when all that run are told of.
 */
#define EACH_ONE_OF  50
#define EACH_DEBT_NS 20000000ULL
#define ALL_ONE_OF   20
#define ALL_DEBT_NS  3000000000ULL

struct kernel_view {
	struct tables *tables;
	struct spaces *spaces;
	struct interpreters *interpreters;
	struct tracked_process **marked;
	size_t marked_cnt, marked_cap;
	struct allowance publishing;
	uint64_t no_room;
};

int kernel_view_mark(struct kernel_view *v, struct tracked_process *proc)
{
	int err;

	if (!v || proc->dirty)
		return 0;
	err = array_reserve(&v->marked, sizeof(struct tracked_process *), &v->marked_cap,
			    v->marked_cnt + 1);
	if (err)
		return err;
	v->marked[v->marked_cnt++] = proc;
	proc->dirty = true;
	return 0;
}

int kernel_view_mark_unknown(struct kernel_view *v, struct tracked_process *proc)
{
	return v && !spaces_version(v->spaces, proc->tgid) ? kernel_view_mark(v, proc) : 0;
}

static int publish(struct kernel_view *v, struct tracked_process *proc)
{
	struct space_mapping *mappings;
	size_t cnt;
	int err;

	proc->dirty = false;
	if (!proc->now || proc->ended)
		return 0;
	/* Most processes are never sampled; for one that is, the first copy has them built. */
	err = mapping_tables_get(v->tables, proc->now->process, proc->sampled, &mappings, &cnt);
	if (err)
		return err;
	err = spaces_set(v->spaces, proc->tgid, mappings, cnt,
			 interpreters_flags(v->interpreters, proc->now->process, mappings, cnt,
					    &proc->interpreter));
	free(mappings); /* the tables are with the space now */
	if (err == -ENOSPC || err == -E2BIG) {
		v->no_room++;
		return 0;
	}
	if (!err)
		proc->now->space = spaces_version(v->spaces, proc->tgid);
	return err;
}

/* Is it too early for PROC, as it or all have cost too much? */
static bool is_early(const struct kernel_view *v, const struct tracked_process *proc, uint64_t now)
{
	return allowance_debt_ns(&v->publishing, now) > ALL_DEBT_NS ||
	       allowance_debt_ns(&proc->publishing, now) > EACH_DEBT_NS;
}

int kernel_view_update(struct kernel_view *v)
{
	size_t kept = 0;
	uint64_t now;
	int err = 0;

	if (!v)
		return 0;
	now = v->marked_cnt ? now_ns() : 0;
	for (size_t i = 0; i < v->marked_cnt; i++) {
		struct tracked_process *proc = v->marked[i];
		uint64_t begin, cost;

		if (err || is_early(v, proc, now)) {
			v->marked[kept++] = proc;
			continue;
		}
		begin = cpu_ns();
		err = publish(v, proc);
		cost = cpu_ns() - begin;
		allowance_charge(&proc->publishing, now, cost, EACH_ONE_OF);
		allowance_charge(&v->publishing, now, cost, ALL_ONE_OF);
	}
	v->marked_cnt = kept;
	spaces_reclaim(v->spaces);
	return err;
}

bool kernel_view_is_current(const struct kernel_view *v)
{
	return !v || !v->marked_cnt;
}

int kernel_view_fork(struct kernel_view *v, struct tracked_process *child,
		     const struct tracked_process *parent)
{
	if (!v)
		return 0;
	if (child->now && parent->dirty)
		return kernel_view_mark(v, child);
	if (!child->now || spaces_share(v->spaces, child->tgid, parent->tgid))
		spaces_drop(v->spaces, child->tgid);
	return 0;
}

void kernel_view_drop(struct kernel_view *v, const struct tracked_process *proc)
{
	if (v)
		spaces_drop(v->spaces, proc->tgid);
}

void kernel_view_settle(struct kernel_view *v, const struct tracked_process *proc)
{
	if (v)
		spaces_settle(v->spaces, proc->tgid);
}

uint64_t kernel_view_no_room(const struct kernel_view *v)
{
	return v ? v->no_room : 0;
}

int kernel_view_open(struct tables *tables, const struct kernel_tables *kernel,
		     struct interpreters *interpreters, struct kernel_view **out)
{
	struct kernel_view *v = calloc(1, sizeof(*v));
	int err = v ? spaces_open(tables, kernel, &v->spaces) : -ENOMEM;

	*out = NULL;
	if (err) {
		free(v);
		return err;
	}
	v->tables = tables;
	v->interpreters = interpreters;
	*out = v;
	return 0;
}

void kernel_view_close(struct kernel_view *v)
{
	if (!v)
		return;
	spaces_close(v->spaces);
	free(v->marked);
	free(v);
}
