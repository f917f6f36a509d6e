// SPDX-License-Identifier: BSD-2-Clause
/*
 * pprof_write.c - writes a profile of names as a pprof file.
 *
 * A location is a function and what is inlined in it.  Kernel, generated and interpreted code
 * are told by the mapping; an inlined frame without a caller, which has no place
 * in this format, by the mark that folded stacks have.
 */
#include "flamegraph/formats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/pprof/pprof.h"
#include "flamegraph/profile.h"
#include "flamegraph/walk.h"

enum { MAPPING_USER = 1, MAPPING_KERNEL, MAPPING_JIT, MAPPING_INTERPRETED };

struct pprof_writer {
	const struct profile *p;
	struct pprof *out;
	/* Each location is a node of this trie, whose paths are a function and what is inlined. */
	struct profile *locations;
	bool *location_done; /* by id */
	size_t location_cap;
	bool *function_done; /* by id */
	uint64_t ids[PROFILE_MAX_DEPTH];
	struct pprof_line lines[PROFILE_MAX_DEPTH];
};

/* Put the function of FRAME, once.  An ORPHAN is inlined code without a caller. */
static int put_function(struct pprof_writer *w, uint32_t frame, bool orphan, uint64_t *id)
{
	const struct frame *f = profile_frame_at(w->p, frame);
	size_t mark_len = orphan ? FRAME_ANNOTATION_LEN : 0;
	struct pprof_function function = { .name_len = f->name_len + mark_len };
	char *name;

	*id = function.id = 2 * (uint64_t)frame + orphan + 1;
	if (w->function_done[*id])
		return 0;
	w->function_done[*id] = true;
	function.name = name = malloc(function.name_len);
	if (!name)
		return -ENOMEM;
	memcpy(name, f->name, f->name_len);
	memcpy(name + f->name_len, frame_annotation(FRAME_INLINED), mark_len);
	pprof_put_function(w->out, &function);
	free(name);
	return 0;
}

static int mark_done(struct pprof_writer *w, uint32_t id, bool *was_done)
{
	if (id >= w->location_cap) {
		size_t cap = 2 * ((size_t)id + 512);
		bool *bigger = reallocarray(w->location_done, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		memset(bigger + w->location_cap, 0, (cap - w->location_cap) * sizeof(*bigger));
		w->location_done = bigger;
		w->location_cap = cap;
	}
	*was_done = w->location_done[id];
	w->location_done[id] = true;
	return 0;
}

/* Find the node of CNT frames in the trie of locations, which numbers frames by itself. */
static int walk_location(struct pprof_writer *w, const uint32_t *frames, size_t cnt, uint32_t *node)
{
	int err = 0;

	*node = PROFILE_ROOT;
	for (size_t i = 0; i < cnt && !err; i++) {
		const struct frame *frame = profile_frame_at(w->p, frames[i]);
		uint32_t own;

		err = profile_frame(w->locations, frame->name, frame->name_len, frame->kind, &own);
		if (!err)
			err = profile_child(w->locations, *node, own, node);
	}
	return err;
}

/* Put the location of CNT frames: a function, and what is inlined in it, one in the other. */
static int put_location(struct pprof_writer *w, const uint32_t *frames, size_t cnt, uint64_t *id)
{
	static const uint64_t mappings[FRAME_KIND_CNT] = {
		[FRAME_USER] = MAPPING_USER,
		[FRAME_INLINED] = MAPPING_USER,
		[FRAME_KERNEL] = MAPPING_KERNEL,
		[FRAME_JIT] = MAPPING_JIT,
		[FRAME_INTERPRETED] = MAPPING_INTERPRETED,
	};
	enum frame_kind kind = profile_frame_at(w->p, frames[0])->kind;
	struct pprof_location location = { .mapping = mappings[kind],
					   .lines = w->lines,
					   .line_cnt = cnt };
	bool was_done = false;
	uint32_t node;
	int err;

	err = walk_location(w, frames, cnt, &node);
	if (!err)
		err = mark_done(w, node, &was_done);
	if (err)
		return err;
	*id = location.id = node;
	if (was_done)
		return 0;
	for (size_t i = 0; i < cnt && !err; i++) {
		w->lines[cnt - 1 - i].line = 0;
		err = put_function(w, frames[i], i == 0 && kind == FRAME_INLINED,
				   &w->lines[cnt - 1 - i].function);
	}
	if (!err)
		pprof_put_location(w->out, &location);
	return err;
}

static int put_stack(void *ctx, const struct walk_stack *stack)
{
	struct pprof_writer *w = ctx;
	int64_t value = llround(fmin(stack->weight, PROFILE_MAX_WEIGHT));
	struct pprof_sample sample = { .values = &value };
	size_t end = stack->depth;

	for (size_t start = end; value && start-- > 0;) {
		const struct frame *frame = profile_frame_at(w->p, stack->frames[start]);
		int err;

		if (frame->kind == FRAME_INLINED && start)
			continue;
		err = put_location(w, stack->frames + start, end - start,
				   &w->ids[sample.location_cnt++]);
		if (err)
			return err;
		end = start;
	}
	sample.locations = w->ids;
	if (value)
		pprof_put_sample(w->out, &sample);
	return 0;
}

/*
 * The ranges do not meet, because readers join mappings that do, unless both have a file and
 * it is another one.
 */
static void put_mappings(struct pprof_writer *w)
{
	static const struct pprof_mapping mappings[] = {
		{ .id = MAPPING_USER, .has_functions = true },
		{ .id = MAPPING_KERNEL,
		  .file = PPROF_KERNEL,
		  .has_functions = true,
		  .start = PPROF_KERNEL_START,
		  .end = UINT64_MAX },
		{ .id = MAPPING_JIT, .file = PPROF_JIT, .has_functions = true },
		{ .id = MAPPING_INTERPRETED, .file = PPROF_INTERPRETED, .has_functions = true },
	};
	bool has_interpreted = profile_has_kind(w->p, FRAME_INTERPRETED);

	for (size_t i = 0; i < sizeof(mappings) / sizeof(*mappings); i++)
		if (mappings[i].id != MAPPING_INTERPRETED || has_interpreted)
			pprof_put_mapping(w->out, &mappings[i]);
}

int pprof_write(const struct profile *p, const struct pprof_opts *opts, FILE *f)
{
	const struct pprof_unit value = {
		opts && opts->count_name ? opts->count_name : "samples",
		"count",
	};
	const struct pprof_facts facts = { .values = &value, .value_cnt = 1 };
	struct pprof_writer *w = calloc(1, sizeof(*w));
	int err, close_err;

	if (!w)
		return -ENOMEM;
	w->p = p;
	w->function_done = calloc(2 * ((size_t)profile_frame_cnt(p) + 1), sizeof(bool));
	err = w->function_done ? profile_new(&w->locations) : -ENOMEM;
	if (!err)
		err = pprof_open(&facts, f, &w->out);
	if (!err) {
		put_mappings(w);
		err = walk_stacks(p, put_stack, w);
	}
	close_err = pprof_close(w->out);
	profile_free(w->locations);
	free(w->location_done);
	free(w->function_done);
	free(w);
	return err ? err : close_err;
}
