// SPDX-License-Identifier: BSD-2-Clause
/* collect.c - see collect.h. */
#include "profiler/recording/collect.h"

#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sample.h"
#include "profiler/array.h"
#include "profiler/id_map.h"
#include "profiler/recording/merge.h"
#include "profiler/recording/tracker.h"
#include "profiler/recording/waiting_copies.h"

/* A stack, in the array of all ips. */
struct stack_ref {
	size_t first;
	uint32_t cnt;
};

struct collect {
	struct tracker *tracker;
	uint64_t *ips;
	size_t ips_cnt, ips_cap;
	struct stack_ref *stacks;
	size_t stack_cnt, stack_cap;
	struct id_map stack_index; /* by hash */
	struct collect_sample *samples;
	size_t sample_cnt, sample_cap;
	struct id_map sample_index; /* by hash */
	struct waiting_copies *copies;
	struct codes *codes;
	uint64_t *
		merged; /* the stack at hand, with the interpreter's frames among the native ones */
	size_t merged_cap;
	uint64_t count, weight;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL; /* 2^64 / golden ratio */
	return hash ^ (hash >> 29);
}

/* Stacks */

static uint64_t stack_hash(const uint64_t *ips, size_t cnt)
{
	uint64_t hash = cnt;

	for (size_t i = 0; i < cnt; i++)
		hash = mix(hash, ips[i]);
	return hash;
}

static bool is_stack(const struct collect *c, uint32_t id, const uint64_t *ips, size_t cnt)
{
	const struct stack_ref *ref = &c->stacks[id];

	return ref->cnt == cnt && (!cnt || !memcmp(c->ips + ref->first, ips, cnt * sizeof(*ips)));
}

static int append_stack(struct collect *c, const uint64_t *ips, size_t cnt, uint32_t *id)
{
	int err = array_reserve(&c->ips, sizeof(*c->ips), &c->ips_cap, c->ips_cnt + cnt);

	if (!err)
		err = array_reserve(&c->stacks, sizeof(*c->stacks), &c->stack_cap,
				    c->stack_cnt + 1);
	if (err)
		return err;
	if (cnt)
		memcpy(c->ips + c->ips_cnt, ips, cnt * sizeof(*ips));
	*id = (uint32_t)c->stack_cnt++;
	c->stacks[*id] = (struct stack_ref){ c->ips_cnt, (uint32_t)cnt };
	c->ips_cnt += cnt;
	return 0;
}

static int intern_stack(struct collect *c, const uint64_t *ips, size_t cnt, uint32_t *id)
{
	uint64_t hash = stack_hash(ips, cnt);
	size_t at = 0;
	int err;

	while (id_map_next(&c->stack_index, hash, &at, id)) {
		if (is_stack(c, *id, ips, cnt))
			return 0;
	}
	err = append_stack(c, ips, cnt, id);
	return err ? err : id_map_add(&c->stack_index, hash, *id);
}

/* Samples */

static uint64_t sample_hash(const struct collect_sample *s)
{
	uint64_t hash = mix((uint64_t)s->tgid << 32 | s->tid, (uint64_t)s->kernel << 32 | s->user);
	uint64_t comm[2];

	memcpy(comm, s->comm, sizeof(comm));
	return mix(mix(hash, comm[0]), comm[1] ^ s->space);
}

static bool same_sample(const struct collect_sample *a, const struct collect_sample *b)
{
	return a->tgid == b->tgid && a->tid == b->tid && a->space == b->space &&
	       a->kernel == b->kernel && a->user == b->user && a->user_end == b->user_end &&
	       a->interpreter == b->interpreter && a->interpreter_end == b->interpreter_end &&
	       a->unpaired == b->unpaired && !memcmp(a->comm, b->comm, sizeof(a->comm));
}

/* Add to an equal sample, or append. */
static int add_sample(struct collect *c, const struct collect_sample *add,
		      const struct raw_sample *raw)
{
	uint64_t hash = sample_hash(add);
	struct collect_sample *sample;
	uint32_t id;
	size_t at = 0;
	int err;

	while (id_map_next(&c->sample_index, hash, &at, &id)) {
		sample = &c->samples[id];
		if (same_sample(sample, add)) {
			sample->count += add->count;
			sample->weight += add->weight;
			return 0;
		}
	}
	err = array_reserve(&c->samples, sizeof(*c->samples), &c->sample_cap, c->sample_cnt + 1);
	if (!err)
		err = id_map_add(&c->sample_index, hash, (uint32_t)c->sample_cnt);
	if (err)
		return err;
	sample = &c->samples[c->sample_cnt++];
	*sample = *add;
	return tracker_process(c->tracker, raw->tgid, raw->space, raw->user, raw->user_cnt,
			       &sample->process);
}

/* Is the stack as it is one of collect's? */
static bool is_native(const struct raw_sample *raw)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < raw->user_cnt; i++)
		bits |= raw->user[i];
	return !raw->interpreted.cnt && !(bits & MERGED_INTERPRETED);
}

static int merge(struct collect *c, const struct raw_sample *raw, const uint64_t **ips, size_t *cnt,
		 bool *unpaired)
{
	struct interpreter_code evaluator;
	size_t most = raw->user_cnt + raw->interpreted.cnt;
	int err;

	*ips = raw->user;
	*cnt = raw->user_cnt;
	*unpaired = false;
	if (is_native(raw))
		return 0;
	err = array_reserve(&c->merged, sizeof(*c->merged), &c->merged_cap, most);
	if (err)
		return err;
	tracker_evaluator(c->tracker, raw->tgid, &evaluator);
	*ips = c->merged;
	return merge_stacks(c->codes, raw, &evaluator, c->merged, cnt, unpaired);
}

static int on_sample(void *ctx, const struct raw_sample *raw)
{
	struct collect *c = ctx;
	uint64_t weight = raw->count * (raw->divisor ? raw->divisor : 1);
	struct collect_sample sample = { .tgid = raw->tgid,
					 .tid = raw->tid,
					 .space = raw->space,
					 .user_end = raw->user_end,
					 .interpreter = raw->interpreted.kind,
					 .interpreter_end = raw->interpreted.end,
					 .count = raw->count,
					 .weight = weight };
	const uint64_t *user;
	size_t user_cnt;
	int err;

	memcpy(sample.comm, raw->comm, sizeof(sample.comm));
	err = intern_stack(c, raw->kernel, raw->kernel_cnt, &sample.kernel);
	if (!err)
		err = merge(c, raw, &user, &user_cnt, &sample.unpaired);
	if (!err)
		err = intern_stack(c, user, user_cnt, &sample.user);
	if (!err)
		err = add_sample(c, &sample, raw);
	if (err)
		return err;
	c->count += raw->count;
	c->weight += weight;
	return 0;
}

static int on_process(void *ctx, uint32_t tgid)
{
	struct collect *c = ctx;

	return tracker_sampled(c->tracker, tgid);
}

static int on_copy(void *ctx, const struct raw_copy *copy)
{
	struct collect *c = ctx;

	return waiting_copies_add(c->copies, copy);
}

static int on_code(void *ctx, const struct sample_code *code, size_t size)
{
	struct collect *c = ctx;

	return codes_add(c->codes, code, size);
}

struct source_sink collect_sink(struct collect *c)
{
	return (struct source_sink){
		.ctx = c,
		.sample = on_sample,
		.copy = on_copy,
		.process = on_process,
		.code = on_code,
	};
}

int collect_walk_copies(struct collect *c, bool last)
{
	const struct source_sink sink = collect_sink(c);

	return waiting_copies_walk(c->copies, last, &sink);
}

/* Public */

int collect_new(struct tracker *tracker, struct collect **out)
{
	struct collect *c = calloc(1, sizeof(*c));
	int err = c ? waiting_copies_new(tracker, &c->copies) : -ENOMEM;

	*out = NULL;
	if (!err)
		err = codes_new(&c->codes);
	if (err) {
		collect_free(c);
		return err;
	}
	c->tracker = tracker;
	*out = c;
	return 0;
}

void collect_free(struct collect *c)
{
	if (!c)
		return;
	waiting_copies_free(c->copies);
	codes_free(c->codes);
	free(c->merged);
	free(c->ips);
	free(c->stacks);
	free(c->samples);
	id_map_fini(&c->stack_index);
	id_map_fini(&c->sample_index);
	free(c);
}

const struct codes *collect_codes(const struct collect *c)
{
	return c->codes;
}

uint64_t collect_count(const struct collect *c)
{
	return c->count;
}

uint64_t collect_weight(const struct collect *c)
{
	return c->weight;
}

const struct collect_sample *collect_samples(const struct collect *c, size_t *cnt)
{
	*cnt = c->sample_cnt;
	return c->samples;
}

static const uint64_t *stack_of(const struct collect *c, uint32_t stack, size_t *cnt)
{
	*cnt = c->stacks[stack].cnt;
	return *cnt ? c->ips + c->stacks[stack].first : NULL;
}

bool collect_next(const struct collect *c, struct collect_cursor *at)
{
	if (at->sample_nr == c->sample_cnt)
		return false;
	at->first_frame += at->user_cnt + at->kernel_cnt;
	at->sample = &c->samples[at->sample_nr++];
	at->user = stack_of(c, at->sample->user, &at->user_cnt);
	at->kernel = stack_of(c, at->sample->kernel, &at->kernel_cnt);
	return true;
}

struct collect_frame collect_frame(const struct collect_cursor *at, size_t i)
{
	if (i >= at->user_cnt) {
		i -= at->user_cnt;
		return (struct collect_frame){
			.ip = at->kernel[i],
			.is_return = i > 0,
			.is_kernel = true,
		};
	}
	if (at->user[i] & MERGED_INTERPRETED)
		return (struct collect_frame){ .ip = at->user[i] & ~MERGED_INTERPRETED,
					       .is_interpreted = true };
	/* Exact: the innermost frame, and one that a signal interrupted. */
	return (struct collect_frame){
		.ip = at->user[i] & ~SAMPLE_IP_EXACT,
		.is_return = i > 0 && !(at->user[i] & SAMPLE_IP_EXACT),
	};
}
