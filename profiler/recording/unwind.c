// SPDX-License-Identifier: BSD-2-Clause
/* unwind.c - see unwind.h. */
#include "profiler/recording/unwind.h"

#include <linux/types.h>
#include <string.h>

#include "bpf/unwind_state.h"
#include "profiler/recording/pieces.h"

/* A walk over a copied stack. */
struct copy_walk {
	struct unwind_state state;
	const struct raw_copy *copy;
	bool behind; /* it wanted to read behind the copy's end */
};

/* What is farther behind the copy's end than this is no frame of this stack. */
#define BEHIND_MAX (8u << 20)

static int read_user(struct unwind_state *s, void *dst, __u32 size, __u64 addr)
{
	struct copy_walk *walk = (struct copy_walk *)s; /* its first member */
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

static const struct space_mapping *find_mapping(const struct space_mapping *mappings, size_t cnt,
						uint64_t ip)
{
	size_t lo = 0, hi = cnt;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ip < mappings[mid].start)
			hi = mid;
		else if (ip >= mappings[mid].end)
			lo = mid + 1;
		else
			return &mappings[mid];
	}
	return NULL;
}

enum unwind_result unwind_copy(struct tables *tables, const struct space_mapping *mappings,
			       size_t mapping_cnt, const struct raw_copy *copy, uint64_t *ips,
			       uint64_t *ends, size_t *cnt)
{
	struct copy_walk walk = { .state = copy->state, .copy = copy };
	struct unwind_state *state = &walk.state;
	enum unwind_result result = UNWIND_OK;

	for (*cnt = 0; result == UNWIND_OK;) {
		__u64 lookup = unwind_lookup_ip(state);
		const struct space_mapping *mapping = find_mapping(mappings, mapping_cnt, lookup);
		struct unwind_row row = { .kind = UNWIND_CFA_NONE };

		if (*cnt == SAMPLE_USER_MAX)
			return UNWIND_TOO_DEEP;
		if (!mapping && *cnt)
			return UNWIND_NO_MAPPING;
		ips[(*cnt)++] = state->ip | (state->is_return ? 0 : SAMPLE_IP_EXACT);
		if (!mapping)
			return UNWIND_NO_MAPPING;
		if (mapping->table && tables_find(tables, mapping->table, lookup - mapping->bias,
						  &row) <= TABLE_PENDING)
			return UNWIND_PENDING;
		if (unwind_is_exact(state, &row))
			ips[*cnt - 1] = state->ip | SAMPLE_IP_EXACT;
		result = unwind_step(state, &row);
		ends[*cnt - 1] = state->sp;
	}
	return result == UNWIND_BAD_READ && walk.behind && copy->is_cut ? UNWIND_CUT : result;
}
