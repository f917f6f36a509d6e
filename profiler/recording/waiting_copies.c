// SPDX-License-Identifier: BSD-2-Clause
/* waiting_copies.c - see waiting_copies.h. */
#include "profiler/recording/waiting_copies.h"

#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sample.h"
#include "profiler/clock.h"
#include "profiler/recording/merge.h"
#include "profiler/recording/pieces.h"
#include "profiler/recording/tracker.h"

/* With more bytes of copies than this they are walked without the tables that they wait for. */
#define COPIES_MAX_SIZE (64u << 20)

/* Tables come one by one: what has been tried is not tried again before this time is over. */
#define AGAIN_NS (20ull * 1000000)

/* A copied stack; its kernel frames, the interpreter's and their marks follow it in memory. */
struct waiting_copy {
	struct raw_copy copy;
	struct kept_stack *stack;	  /* copy.kept */
	struct interpreter_frame *frames; /* copy.interpreted.frames */
	struct process *process;	  /* NULL: it ended before it could be read */
	struct waiting_copy *next;
	size_t size; /* bytes, without its stack */
};

struct copy_list {
	struct waiting_copy *first, *last;
};

struct waiting_copies {
	struct tracker *tracker;
	struct copy_list fresh;	  /* they have not been tried */
	struct copy_list pending; /* they have been, and wait for tables */
	uint64_t tables_epoch;	  /* tracker_tables_epoch() at the last try */
	uint64_t tried_ns;	  /* CLOCK_MONOTONIC: when the last try was */
	struct pieces *pieces;	  /* the stacks of all of them */
	size_t size;		  /* bytes of all of them, without the stacks */
};

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

static void free_copy(struct waiting_copies *c, struct waiting_copy *waiting)
{
	pieces_drop(c->pieces, waiting->stack);
	c->size -= waiting->size;
	free(waiting);
}

static int keep_copy(struct waiting_copies *c, const struct raw_copy *copy,
		     struct waiting_copy **out)
{
	const struct raw_interpreted *in = &copy->interpreted;
	size_t kernel_size = copy->kernel_cnt * sizeof(*copy->kernel);
	size_t frames_size = in->cnt * sizeof(*in->frames),
	       marks_size = in->cnt * sizeof(*in->marks);
	size_t size = sizeof(struct waiting_copy) + kernel_size + frames_size + marks_size;
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
	c->size += size;
	waiting->copy.stack = NULL;
	waiting->copy.kept = waiting->stack;
	waiting->frames = (struct interpreter_frame *)(waiting + 1);
	waiting->copy.interpreted.frames = waiting->frames;
	waiting->copy.interpreted.marks = (const uint64_t *)(waiting->frames + in->cnt);
	waiting->copy.kernel = waiting->copy.interpreted.marks + in->cnt;
	if (in->cnt) {
		memcpy(waiting->frames, in->frames, frames_size);
		memcpy(waiting->frames + in->cnt, in->marks, marks_size);
	}
	if (kernel_size)
		memcpy((uint8_t *)(waiting + 1) + frames_size + marks_size, copy->kernel,
		       kernel_size);
	return 0;
}

int waiting_copies_add(struct waiting_copies *c, const struct raw_copy *copy)
{
	struct waiting_copy *waiting;
	int err = keep_copy(c, copy, &waiting);

	if (err)
		return err;
	append_copy(&c->fresh, waiting);
	/* As it was then: an exec may have come since, or come before the walk. */
	err = tracker_drain(c->tracker, copy->time_ns);
	return err ? err : tracker_process_of(c->tracker, copy, &waiting->process);
}

static int hand_over(const struct source_sink *sink, const struct raw_copy *copy,
		     const uint64_t *ips, size_t cnt, enum unwind_result end)
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
		.interpreted = copy->interpreted,
		.count = 1,
		.divisor = copy->divisor,
	};

	memcpy(sample.comm, copy->comm, sizeof(sample.comm));
	return sink->sample(sink->ctx, &sample);
}

static int walk_copy(struct waiting_copies *c, const struct waiting_copy *w, uint64_t *ips,
		     size_t *cnt, enum unwind_result *end)
{
	uint64_t ends[SAMPLE_USER_MAX];
	int err;

	if (w->process) {
		err = tracker_walk(c->tracker, w->process, &w->copy, ips, ends, cnt, end);
		if (!err)
			merge_pair(w->frames, w->copy.interpreted.cnt, w->copy.interpreted.marks,
				   w->copy.state.sp, ends, *cnt);
		return err;
	}
	ips[0] = w->copy.state.ip | SAMPLE_IP_EXACT;
	*cnt = 1;
	*end = UNWIND_NO_MAPPING;
	return 0;
}

/*
 * Walk all of LIST, and empty it; what needs tables that are not there goes to the pending
 * ones.  After an error the rest is not walked.
 */
static int walk_list(struct waiting_copies *c, struct copy_list *list, bool as_is,
		     const struct source_sink *sink)
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
			err = hand_over(sink, &w->copy, ips, cnt, end);
		free_copy(c, w);
	}
	return err;
}

/* Tables were finished since the last try, and that was long enough ago. */
static bool is_worth_a_try(const struct waiting_copies *c)
{
	return tracker_tables_epoch(c->tracker) != c->tables_epoch &&
	       now_ns() - c->tried_ns > AGAIN_NS;
}

static int walk_pending(struct waiting_copies *c, bool as_is, const struct source_sink *sink)
{
	struct copy_list tried = c->pending;

	c->pending = (struct copy_list){ 0 };
	c->tables_epoch = tracker_tables_epoch(c->tracker);
	c->tried_ns = now_ns();
	return walk_list(c, &tried, as_is, sink);
}

int waiting_copies_walk(struct waiting_copies *c, bool last, const struct source_sink *sink)
{
	bool as_is = last || c->size + pieces_size(c->pieces) > COPIES_MAX_SIZE;
	int err = 0;

	if (!c->pending.first)
		c->tables_epoch = tracker_tables_epoch(c->tracker); /* of those that will wait */
	else if (as_is || is_worth_a_try(c))
		err = walk_pending(c, as_is, sink);
	return err ? err : walk_list(c, &c->fresh, as_is, sink);
}

int waiting_copies_new(struct tracker *tracker, struct waiting_copies **out)
{
	struct waiting_copies *c = calloc(1, sizeof(*c));
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

void waiting_copies_free(struct waiting_copies *c)
{
	struct waiting_copy *w;

	if (!c)
		return;
	while ((w = take_copy(&c->fresh)) || (w = take_copy(&c->pending)))
		free_copy(c, w);
	pieces_free(c->pieces);
	free(c);
}
