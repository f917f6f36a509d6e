// SPDX-License-Identifier: BSD-2-Clause
/* spaces.c - see spaces.h. */
#include "profiler/tables/spaces.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "profiler/array.h"
#include "profiler/clock.h"
#include "profiler/id_map.h"
#include "profiler/tables/pool.h"
#include "profiler/window.h"

#define LARGE	 1024	       /* mappings: so many must leave as much room for others */
#define GRACE_NS 1000000000ULL /* a program runs for microseconds; a vCPU may be held for longer */

/* A range of the pool, and the tables it uses. */
struct space_range {
	uint32_t first, cnt;
	uint32_t version;      /* see unwind_process */
	uint32_t interpreter;  /* of its flags */
	unsigned int users;    /* processes */
	struct table **tables; /* cnt of them; NULL: the mapping has none */
	uint64_t dropped_ns;
	struct space_range *next; /* in the list of dropped ones */
};

struct space {
	uint32_t tgid;
	bool settled;
	struct space_range *range; /* NULL: it has none yet */
};

struct spaces {
	struct tables *tables;
	int mappings_fd, processes_fd;
	struct pool pool;
	struct space *all;
	size_t cnt, cap;
	struct id_map by_tgid;
	struct space_range *dropped, *dropped_last;
	uint32_t versions;
};

static struct space *find_space(const struct spaces *sp, uint32_t tgid)
{
	uint32_t at;

	return id_map_find(&sp->by_tgid, tgid, &at) ? &sp->all[at] : NULL;
}

static int add_space(struct spaces *sp, uint32_t tgid, struct space **out)
{
	int err;

	*out = find_space(sp, tgid);
	if (*out)
		return 0;
	err = array_reserve(&sp->all, sizeof(*sp->all), &sp->cap, sp->cnt + 1);
	if (!err)
		err = id_map_add(&sp->by_tgid, tgid, (uint32_t)sp->cnt);
	if (err)
		return err;
	sp->all[sp->cnt] = (struct space){ .tgid = tgid };
	*out = &sp->all[sp->cnt++];
	return 0;
}

/* The last one takes its place. */
static void forget_space(struct spaces *sp, struct space *space)
{
	struct space *last = &sp->all[--sp->cnt];

	id_map_remove(&sp->by_tgid, space->tgid);
	if (space == last)
		return;
	id_map_remove(&sp->by_tgid, last->tgid);
	id_map_add(&sp->by_tgid, last->tgid, (uint32_t)(space - sp->all)); /* there is room */
	*space = *last;
}

/* Ranges */

static void put_tables(struct spaces *sp, struct table **tables, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		if (tables[i])
			tables_put(sp->tables, tables[i]);
	}
	free(tables);
}

static void free_range(struct spaces *sp, struct space_range *range)
{
	put_tables(sp, range->tables, range->cnt);
	if (range->cnt)
		pool_give(&sp->pool, range->first, range->cnt);
	free(range);
}

static void drop_range(struct spaces *sp, struct space_range *range)
{
	if (!range || --range->users)
		return;
	range->dropped_ns = now_ns();
	range->next = NULL;
	if (sp->dropped)
		sp->dropped_last->next = range;
	else
		sp->dropped = range;
	sp->dropped_last = range;
}

void spaces_reclaim(struct spaces *sp)
{
	uint64_t now = sp->dropped ? now_ns() : 0;

	while (sp->dropped && now - sp->dropped->dropped_ns > GRACE_NS) {
		struct space_range *range = sp->dropped;

		sp->dropped = range->next;
		free_range(sp, range);
	}
}

/* Write RANGE's mappings where the program reads them. */
static int write_mappings(struct spaces *sp, const struct space_range *range,
			  const struct space_mapping *mappings)
{
	size_t off = range->first * sizeof(struct unwind_mapping);
	size_t size = range->cnt * sizeof(struct unwind_mapping);
	struct unwind_mapping *to;
	struct window window;
	int err = window_open(&window, sp->mappings_fd, PROT_READ | PROT_WRITE, off, size);

	if (err)
		return err;
	to = window_at(&window, off, size);
	for (size_t i = 0; i < range->cnt; i++) {
		to[i] = (struct unwind_mapping){
			.start = mappings[i].start,
			.end = mappings[i].end,
			.bias = mappings[i].bias,
			.file_id =
				mappings[i].table ? mappings[i].table->file_id : UNWIND_FILE_NONE,
		};
	}
	window_close(&window);
	return 0;
}

/* A few processes of tens of thousands of mappings must not fill the pool. */
static int take_room(struct spaces *sp, size_t cnt, uint32_t *first)
{
	if (cnt > UNWIND_MAPPINGS || (cnt > LARGE && cnt > sp->pool.free_sum / 2))
		return -ENOSPC;
	return pool_take(&sp->pool, (uint32_t)cnt, first);
}

static int new_range(struct spaces *sp, const struct space_mapping *mappings, size_t cnt,
		     struct space_range **out)
{
	struct space_range *range = calloc(1, sizeof(*range));
	struct table **tables = calloc(cnt ? cnt : 1, sizeof(struct table *));
	int err = range && tables ? 0 : -ENOMEM;

	*out = NULL;
	if (!err && cnt)
		err = take_room(sp, cnt, &range->first);
	if (err) {
		for (size_t i = 0; i < cnt; i++) {
			if (mappings[i].table)
				tables_put(sp->tables, mappings[i].table);
		}
		free(range);
		free(tables);
		return err;
	}
	range->cnt = (uint32_t)cnt;
	range->version = ++sp->versions;
	range->tables = tables;
	for (size_t i = 0; i < cnt; i++)
		tables[i] = mappings[i].table;
	err = cnt ? write_mappings(sp, range, mappings) : 0;
	if (err) {
		free_range(sp, range);
		return err;
	}
	*out = range;
	return 0;
}

/* Processes */

static int publish(struct spaces *sp, const struct space *space)
{
	struct unwind_process process = {
		.first = space->range->first,
		.cnt = space->range->cnt,
		.flags = space->range->interpreter | (space->settled ? UNWIND_PROCESS_SETTLED : 0),
		.version = space->range->version,
	};

	/* The kernel orders this behind the stores to the range. */
	return bpf_map_update_elem(sp->processes_fd, &space->tgid, &process, BPF_ANY);
}

static int give_range(struct spaces *sp, uint32_t tgid, struct space_range *range)
{
	struct space_range *old;
	struct space *space;
	int err = add_space(sp, tgid, &space);

	range->users++;
	if (err) {
		drop_range(sp, range);
		return err;
	}
	old = space->range;
	space->range = range;
	space->settled = false;
	err = publish(sp, space);
	drop_range(sp, old);
	if (err)
		spaces_drop(sp, tgid);
	return err;
}

int spaces_set(struct spaces *sp, uint32_t tgid, const struct space_mapping *mappings, size_t cnt,
	       uint32_t interpreter)
{
	struct space_range *range;
	int err = new_range(sp, mappings, cnt, &range);

	if (!err) {
		range->interpreter = interpreter;
		return give_range(sp, tgid, range);
	}
	spaces_drop(sp, tgid); /* what it had is wrong now */
	return err;
}

int spaces_share(struct spaces *sp, uint32_t child, uint32_t parent)
{
	struct space *space = find_space(sp, parent);

	return space && space->range ? give_range(sp, child, space->range) : -ENOENT;
}

void spaces_drop(struct spaces *sp, uint32_t tgid)
{
	struct space *space = find_space(sp, tgid);

	if (!space || !space->range)
		return;
	bpf_map_delete_elem(sp->processes_fd, &tgid);
	drop_range(sp, space->range);
	forget_space(sp, space);
}

uint32_t spaces_version(const struct spaces *sp, uint32_t tgid)
{
	const struct space *space = find_space(sp, tgid);

	return space && space->range ? space->range->version : 0;
}

void spaces_settle(struct spaces *sp, uint32_t tgid)
{
	struct space *space = find_space(sp, tgid);

	if (!space || !space->range || space->settled)
		return;
	space->settled = true;
	publish(sp, space);
}

int spaces_open(struct tables *tables, const struct kernel_tables *kernel, struct spaces **out)
{
	struct spaces *sp = calloc(1, sizeof(*sp));
	int err;

	*out = NULL;
	if (!sp)
		return -ENOMEM;
	sp->tables = tables;
	sp->mappings_fd = kernel->mappings;
	sp->processes_fd = kernel->processes;
	pool_init(&sp->pool, 0);
	err = pool_give(&sp->pool, 0, UNWIND_MAPPINGS);
	if (err) {
		spaces_close(sp);
		return err;
	}
	*out = sp;
	return 0;
}

void spaces_close(struct spaces *sp)
{
	if (!sp)
		return;
	for (size_t i = 0; i < sp->cnt; i++) {
		struct space_range *range = sp->all[i].range;

		if (range && !--range->users)
			free_range(sp, range);
	}
	while (sp->dropped) {
		struct space_range *range = sp->dropped;

		sp->dropped = range->next;
		free_range(sp, range);
	}
	pool_fini(&sp->pool);
	id_map_fini(&sp->by_tgid);
	free(sp->all);
	free(sp);
}
