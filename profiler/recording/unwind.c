// SPDX-License-Identifier: BSD-2-Clause
/* unwind.c - see unwind.h. */
#include "profiler/recording/unwind.h"
#include "profiler/recording/pieces.h"

#include <linux/types.h>
#include <string.h>

#include "bpf/unwind_state.h"

/* A walk over a copied stack. */
struct walk {
	struct unwind_state state;
	const struct raw_copy *copy;
	bool behind; /* it wanted to read behind the copy's end */
};

/* Farther from the copy's end than this it is no frame of this stack. */
#define BEHIND_MAX (8u << 20)

static int read_user(struct unwind_state *s, void *dst, __u32 size, __u64 addr)
{
	struct walk *walk = (struct walk *)s; /* its first member */
	const struct raw_copy *copy = walk->copy;
	__u64 off = addr - copy->state.sp;

	if (off > copy->size || copy->size - off < size) {
		walk->behind = off < copy->size + BEHIND_MAX;
		return -1;
	}
	if (copy->stack)
		memcpy(dst, copy->stack + off, size);
	else
		kept_stack_read(copy->kept, off, dst, size);
	return 0;
}

#include "bpf/sample.h"
#include "bpf/unwind_step.h"

static const struct space_map *find_map(const struct space_map *maps, size_t cnt, uint64_t ip)
{
	size_t lo = 0, hi = cnt;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ip < maps[mid].start)
			hi = mid;
		else if (ip >= maps[mid].end)
			lo = mid + 1;
		else
			return &maps[mid];
	}
	return NULL;
}

enum unwind_result unwind_copy(struct tables *tables, const struct space_map *maps, size_t map_cnt,
			       const struct raw_copy *copy, uint64_t *ips, size_t *cnt)
{
	struct walk walk = { .state = copy->state, .copy = copy };
	struct unwind_state *state = &walk.state;
	enum unwind_result result = UNWIND_OK;

	for (*cnt = 0; result == UNWIND_OK;) {
		__u64 lookup = unwind_lookup_ip(state);
		const struct space_map *map = find_map(maps, map_cnt, lookup);
		struct unwind_row row = { .kind = UNWIND_CFA_NONE };

		if (*cnt == SAMPLE_USER_MAX)
			return UNWIND_TOO_DEEP;
		if (!map && *cnt)
			return UNWIND_NO_MAP;
		ips[(*cnt)++] = state->ip | (state->is_return ? 0 : SAMPLE_IP_EXACT);
		if (!map)
			return UNWIND_NO_MAP;
		if (map->table &&
		    tables_find(tables, map->table, lookup - map->bias, &row) <= TABLE_PENDING)
			return UNWIND_PENDING;
		if (unwind_is_exact(state, &row))
			ips[*cnt - 1] = state->ip | SAMPLE_IP_EXACT;
		result = unwind_step(state, &row);
	}
	return result == UNWIND_BAD_READ && walk.behind && copy->is_cut ? UNWIND_CUT : result;
}
