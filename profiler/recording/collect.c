// SPDX-License-Identifier: BSD-2-Clause
/* collect.c - see collect.h. */
#include "profiler/recording/collect.h"
#include "profiler/array.h"
#include "profiler/clock.h"
#include "profiler/id_map.h"
#include "profiler/recording/pieces.h"
#include "profiler/recording/tracker.h"

#include <linux/types.h>
#include "bpf/sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Copies that wait for tables: at the most so many bytes of stack, then they are walked as is. */
#define COPIES_MAX_SIZE (64u << 20)

/* Those that have been tried are tried again at the most so often: tables come one by one. */
#define AGAIN_NS (20ull * 1000000)

/* A stack, in the array of all ips. */
struct stack_ref {
	size_t first;
	uint32_t cnt;
};

/* A copied stack, behind it in memory its kernel frames. */
struct waiting_copy {
	struct raw_copy copy;
	struct kept_stack *stack; /* copy.kept */
	struct process *process;  /* NULL: it ended before it could be read */
	struct waiting_copy *next;
	size_t size;
};

struct copy_list {
	struct waiting_copy *first, *last;
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
	struct copy_list fresh;	    /* not yet tried */
	struct copy_list pending;   /* tried; waiting for tables */
	uint64_t tables_epoch;	    /* of the last try */
	uint64_t tried_ns;	    /* when that was */
	struct pieces *pieces;	    /* of their stacks */
	size_t copies_size;	    /* of what else they have */
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
	       !memcmp(a->comm, b->comm, sizeof(a->comm));
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

static int on_sample(void *ctx, const struct raw_sample *raw)
{
	struct collect *c = ctx;
	uint64_t weight = raw->count * (raw->divisor ? raw->divisor : 1);
	struct collect_sample sample = { .tgid = raw->tgid,
					 .tid = raw->tid,
					 .space = raw->space,
					 .user_end = raw->user_end,
					 .count = raw->count,
					 .weight = weight };
	int err;

	memcpy(sample.comm, raw->comm, sizeof(sample.comm));
	err = intern_stack(c, raw->kernel, raw->kernel_cnt, &sample.kernel);
	if (!err)
		err = intern_stack(c, raw->user, raw->user_cnt, &sample.user);
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

/* Copied stacks */

static void append_copy(struct copy_list *list, struct waiting_copy *waiting)
{
	waiting->next = NULL;
	if (list->first)
		list->last->next = waiting;
	else
		list->first = waiting;
	list->last = waiting;
}

static struct waiting_copy *take_copy(struct copy_list *list)
{
	struct waiting_copy *waiting = list->first;

	if (!waiting)
		return NULL;
	list->first = waiting->next;
	if (!list->first)
		list->last = NULL;
	return waiting;
}

static void free_copy(struct collect *c, struct waiting_copy *waiting)
{
	pieces_drop(c->pieces, waiting->stack);
	c->copies_size -= waiting->size;
	free(waiting);
}

static int keep_copy(struct collect *c, const struct raw_copy *copy, struct waiting_copy **out)
{
	size_t kernel_size = copy->kernel_cnt * sizeof(*copy->kernel);
	size_t size = sizeof(struct waiting_copy) + kernel_size;
	struct waiting_copy *waiting = malloc(size);
	int err;

	*out = waiting;
	if (!waiting)
		return -ENOMEM;
	*waiting = (struct waiting_copy){ .copy = *copy, .size = size };
	err = pieces_keep(c->pieces, copy->state.sp, copy->stack, copy->size, &waiting->stack);
	if (err) {
		free(waiting);
		return err;
	}
	c->copies_size += size;
	waiting->copy.stack = NULL;
	waiting->copy.kept = waiting->stack;
	waiting->copy.kernel = (const uint64_t *)(waiting + 1);
	if (kernel_size)
		memcpy(waiting + 1, copy->kernel, kernel_size);
	return 0;
}

static int on_copy(void *ctx, const struct raw_copy *copy)
{
	struct collect *c = ctx;
	struct waiting_copy *waiting;
	int err = keep_copy(c, copy, &waiting);

	if (err)
		return err;
	append_copy(&c->fresh, waiting);
	/* As it was then: an exec may have come since, or come before the walk. */
	err = tracker_drain(c->tracker, copy->time_ns);
	return err ? err : tracker_process_of(c->tracker, copy, &waiting->process);
}

static int add_walked(struct collect *c, const struct raw_copy *copy, const uint64_t *ips,
		      size_t cnt, enum unwind_result end)
{
	struct raw_sample sample = {
		.tgid = copy->tgid,
		.tid = copy->tid,
		.space = copy->space,
		.kernel = copy->kernel,
		.kernel_cnt = copy->kernel_cnt,
		.user = ips,
		.user_cnt = cnt,
		.user_end = end,
		.count = 1,
		.divisor = copy->divisor,
	};

	memcpy(sample.comm, copy->comm, sizeof(sample.comm));
	return on_sample(c, &sample);
}

static int walk_copy(struct collect *c, const struct waiting_copy *w, uint64_t *ips, size_t *cnt,
		     enum unwind_result *end)
{
	if (w->process)
		return tracker_walk(c->tracker, w->process, &w->copy, ips, cnt, end);
	ips[0] = w->copy.state.ip | SAMPLE_IP_EXACT;
	*cnt = 1;
	*end = UNWIND_NO_MAPPING;
	return 0;
}

/*
 * Walk all of LIST, and empty it; what needs tables that are not there goes to the pending
 * ones.  After an error the rest is not walked.
 */
static int walk_list(struct collect *c, struct copy_list *list, bool as_is)
{
	uint64_t ips[SAMPLE_USER_MAX];
	struct waiting_copy *w;
	int err = 0;

	while ((w = take_copy(list))) {
		enum unwind_result end;
		size_t cnt;

		if (!err)
			err = walk_copy(c, w, ips, &cnt, &end);
		if (!err && end == UNWIND_PENDING && !as_is) {
			append_copy(&c->pending, w);
			continue;
		}
		if (!err)
			err = add_walked(c, &w->copy, ips, cnt, end);
		free_copy(c, w);
	}
	return err;
}

/* Tables were finished since the last try, and that was long enough ago. */
static bool is_worth_a_try(const struct collect *c)
{
	return c->pending.first && tracker_tables_epoch(c->tracker) != c->tables_epoch &&
	       now_ns() - c->tried_ns > AGAIN_NS;
}

static int walk_pending(struct collect *c, bool as_is)
{
	struct copy_list tried = c->pending;

	c->pending = (struct copy_list){ 0 };
	c->tables_epoch = tracker_tables_epoch(c->tracker);
	c->tried_ns = now_ns();
	return walk_list(c, &tried, as_is);
}

int collect_walk_copies(struct collect *c, bool last)
{
	bool as_is = last || c->copies_size + pieces_size(c->pieces) > COPIES_MAX_SIZE;
	int err = as_is || is_worth_a_try(c) ? walk_pending(c, as_is) : 0;

	return err ? err : walk_list(c, &c->fresh, as_is);
}

/* Public */

int collect_new(struct tracker *tracker, struct collect **out)
{
	struct collect *c = calloc(1, sizeof(*c));
	int err = c ? pieces_new(&c->pieces) : -ENOMEM;

	*out = NULL;
	if (err) {
		free(c);
		return err;
	}
	c->tracker = tracker;
	*out = c;
	return 0;
}

void collect_free(struct collect *c)
{
	struct waiting_copy *w;

	if (!c)
		return;
	while ((w = take_copy(&c->fresh)) || (w = take_copy(&c->pending)))
		free_copy(c, w);
	pieces_free(c->pieces);
	free(c->ips);
	free(c->stacks);
	free(c->samples);
	id_map_fini(&c->stack_index);
	id_map_fini(&c->sample_index);
	free(c);
}

struct source_sink collect_sink(struct collect *c)
{
	return (struct source_sink){
		.ctx = c,
		.sample = on_sample,
		.copy = on_copy,
		.process = on_process,
	};
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
		return (struct collect_frame){ at->kernel[i], i > 0, true };
	}
	/* Exact: the innermost frame, and one that a signal interrupted. */
	return (struct collect_frame){
		.ip = at->user[i] & ~SAMPLE_IP_EXACT,
		.is_return = i > 0 && !(at->user[i] & SAMPLE_IP_EXACT),
	};
}
