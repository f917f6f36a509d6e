// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sample.bpf.c - one run per perf_event tick on each CPU.
 *
 * A run decides whether the interrupted task is wanted, takes its two stacks, and
 * adds one to that pair's count.  User space reads the maps of one generation
 * while the program fills the other, so that no map has to hold a whole recording.
 *
 * Two programs, of which one is loaded: sample_fp has the kernel walk both stacks;
 * sample_cfi walks the user stack itself (unwind.bpf.h), and sends each stack that
 * is new to its generation through the ring; at low rates, each stack.
 *
 * Nothing costs the sample: a kernel stack that finds its bucket taken by another
 * one (-EEXIST), or a full map, sends it through the ring by value.  Each run
 * increments exactly one outcome, so that a loss can never be silent.
 *
 * The object has no CO-RE relocation; sample_fp loads on a kernel without BTF.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "bpf/target.bpf.h"
#include "bpf/count.bpf.h"
#include "bpf/unwind.bpf.h"
#include "bpf/interpreter.bpf.h"

/* Set before load, as are all settings. */
const volatile bool want_kernel = true;
const volatile bool want_user = true;
/*
 * sample_cfi counts stacks that have been sent in this generation, and does not send them
 * again.  At low rates most stacks are new to their generation, and looking for them is a
 * third of the work.
 */
const volatile bool want_counts = true;

/* A ring for RECORD_COPY alone: these are large and rare, and must not crowd out the others. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} copies SEC(".maps");

static __always_inline bool in_user_code(const struct tick *tick)
{
	return (tick->regs.cs & 3) == 3;
}

/* In user code there is no kernel stack, and asking the kernel for it costs a walk. */
static __always_inline __s64 kernel_stack(struct tick *tick, __u32 gen)
{
	return want_kernel && !in_user_code(tick) ? stack_id(tick, gen, 0) : SAMPLE_NO_STACK;
}

/* By frame pointers */

static __noinline __u32 send_by_value(void *ctx, struct walk *w, __u32 gen)
{
	__s64 size;

	if (!w)
		return SAMPLE_RING_FULL;
	w->rec.user_cnt = w->rec.interpreter_cnt = 0;
	w->rec.interpreter_kind = INTERPRETER_NONE;
	w->rec.user_end = UNWIND_RESULT_CNT;
	if (want_user) {
		size = bpf_get_stack(ctx, w->rec.ips, SAMPLE_KERNEL_MAX * sizeof(__u64),
				     BPF_F_USER_STACK);
		w->rec.user_cnt = size > 0 ? size / sizeof(__u64) : 0;
	}
	return send_stacks(ctx, &w->rec, gen) ? SAMPLE_BY_VALUE : SAMPLE_RING_FULL;
}

static __always_inline __u32 take_fp(void *ctx)
{
	struct sample_key key = { 0 };
	__u32 gen = generation, outcome = choose_task(&key);
	struct sample_count *count;
	struct walk *w;

	if (outcome != SAMPLE_STORED)
		return outcome;
	key.kernel = kernel_stack(ctx, gen);
	key.user = want_user ? stack_id(ctx, gen, BPF_F_USER_STACK) : SAMPLE_NO_STACK;
	if (!no_slot(key.kernel) && !no_slot(key.user)) {
		count = find_count(&key, gen);
		if (count && count->is_used) {
			count->count++;
			return SAMPLE_STORED;
		}
		if (count) {
			tell_process(&key);
			new_count(count, &key, 1);
			return SAMPLE_STORED;
		}
	}
	tell_process(&key);
	if (no_slot(key.user)) /* both stacks go by value: an id without the other stack is no use */
		key.kernel = -EEXIST;
	w = this_walk();
	if (!w)
		return SAMPLE_RING_FULL;
	w->rec.key = key;
	return send_by_value(ctx, w, gen);
}

SEC("?perf_event")
int sample_fp(void *ctx)
{
	struct sample_tally *tally = this_tally();

	if (!tally)
		return 0; /* it cannot be: the array has this element */
	begin_tick(tally);
	return tell_outcome(tally, take_fp(ctx));
}

/* By tables */

/*
 * Take the registers of the user code; returns their cs, 0 if the task has no user code.
 * In the kernel they are what it was entered with, all zero for a kernel thread.  They are
 * read as bytes: which fields of the kernel's own struct a program may load differs between
 * kernels.
 */
static __always_inline __u64 user_registers(struct tick *tick, struct walk *w)
{
	const void *entry;

	if (in_user_code(tick)) {
		set_registers(&w->state, &tick->regs);
		return tick->regs.cs;
	}
	entry = (const void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	if (bpf_probe_read_kernel(&w->regs, sizeof(w->regs), entry) || (w->regs.cs & 3) != 3)
		return 0;
	set_registers(&w->state, &w->regs);
	return w->regs.cs;
}

/* Make W begin where the user code stands; false: there is no more to walk than is stored. */
static __always_inline bool begin_walk(struct tick *tick, struct walk *w)
{
	const struct unwind_process *process;
	__u32 tgid = w->rec.key.tgid;
	__u64 cs;

	w->cnt = 0;
	w->hash = 0;
	w->rec.interpreter_cnt = 0;
	w->rec.interpreter_kind = INTERPRETER_NONE;
	w->mapping.start = w->mapping.end = 0;
	w->window.len = 0;
	w->result = UNWIND_OK;
	cs = user_registers(tick, w);
	if (!cs)
		return false;
	process = bpf_map_lookup_elem(&processes, &tgid);
	if (process)
		w->process = *process;
	else
		w->process = (struct unwind_process){ 0 };
	w->rec.key.space = w->process.version;
	w->rec.ips[0] = w->state.ip | SAMPLE_IP_EXACT;
	if ((cs & 0xffff) == USER_CS)
		return true;
	w->result = UNWIND_UNSUP; /* of 32-bit code the innermost frame is all that we say */
	w->hash = mix(0, w->state.ip);
	w->cnt = 1;
	return false;
}

/* Send a copy of the stack itself, for a walk in user space. */
static __always_inline bool send_copy(void *ctx, struct walk *w, __u32 gen)
{
	struct sample_copy *copy = bpf_ringbuf_reserve(&copies, sizeof(*copy), 0);
	__u64 sp;
	__u32 used = 0, len;

	if (!copy)
		return false;
	copy->type = RECORD_COPY;
	copy->generation = gen;
	copy->time_ns = bpf_ktime_get_ns();
	copy->key = w->rec.key;
	if (want_interpreters)
		copy_interpreter(w, copy);
	begin_walk(ctx, w); /* the walk has changed the registers */
	copy->state = w->state;
	copy->kernel_cnt = -1;
	if (no_slot(copy->key.kernel)) {
		__s64 size = bpf_get_stack(ctx, copy->kernel, sizeof(copy->kernel), 0);

		copy->kernel_cnt = size > 0 ? size / sizeof(__u64) : 0;
	}
	sp = w->state.sp;
	len = SAMPLE_COPY_CHUNK - (sp & (SAMPLE_COPY_CHUNK - 1));
	for (int i = 0; i < SAMPLE_COPY_SIZE / SAMPLE_COPY_CHUNK; i++) {
		if (len > SAMPLE_COPY_CHUNK || used > SAMPLE_COPY_SIZE - SAMPLE_COPY_CHUNK)
			break;
		if (bpf_probe_read_user(&copy->stack[used], len, (void *)(sp + used)))
			break;
		used += len;
		len = SAMPLE_COPY_CHUNK;
	}
	copy->size = used;
	bpf_ringbuf_submit(copy, BPF_RB_FORCE_WAKEUP);
	return true;
}

/* The walk is over: count the sample. */
static __always_inline __u32 store_cfi(void *ctx, struct walk *w)
{
	__u32 gen = w->rec.generation;
	struct sample_count *count = NULL;

	if (is_early(w)) {
		tell_process(&w->rec.key);
		if (send_copy(ctx, w, gen))
			return SAMPLE_BY_VALUE;
	}
	w->rec.key.user = w->cnt ? mix(w->hash, w->result) | 1 : 0;
	w->rec.user_cnt = w->cnt;
	w->rec.user_end = w->result;
	if (want_counts && !no_slot(w->rec.key.kernel))
		count = find_count(&w->rec.key, gen);
	if (count && count->is_used) {
		count->count++;
		return SAMPLE_STORED;
	}
	if (!w->process.version) /* else user space knows it */
		tell_process(&w->rec.key);
	if (!send_stacks(ctx, &w->rec, gen))
		return SAMPLE_RING_FULL;
	/* The record was this sample; the count is for those that follow. */
	if (count)
		new_count(count, &w->rec.key, 0);
	return SAMPLE_BY_VALUE;
}

#define WALK_FIRST SAMPLE_OUTCOME_CNT /* no outcome yet: there is a user stack to walk */

static __always_inline __u32 prepare_cfi(void *ctx, struct walk *w)
{
	__u32 gen = generation, outcome = choose_task(&w->rec.key);

	if (outcome != SAMPLE_STORED)
		return outcome;
	w->rec.generation = gen;
	w->rec.key.kernel = kernel_stack(ctx, gen);
	w->cnt = 0;
	w->rec.interpreter_cnt = 0;
	w->rec.interpreter_kind = INTERPRETER_NONE;
	w->result = UNWIND_OK;
	return want_user && begin_walk(ctx, w) ? WALK_FIRST : store_cfi(ctx, w);
}

/* For Linux 5.17 and later, with bpf_loop(). */
SEC("?perf_event")
int sample_cfi(void *ctx)
{
	struct sample_tally *tally = this_tally();
	struct walk *w = this_walk();
	__u32 outcome;

	if (!tally || !w)
		return 0;
	begin_tick(tally);
	outcome = prepare_cfi(ctx, w);
	if (outcome == WALK_FIRST) {
		struct loop_ctx loop = { w };

		w->first_sp = w->state.sp;
		bpf_loop(SAMPLE_USER_MAX + 1, walk_frame_in_loop, &loop, 0);
		if (want_interpreters)
			take_interpreter(w);
		outcome = store_cfi(ctx, w);
	}
	return tell_outcome(tally, outcome);
}

/*
 * For kernels before: by tail calls, of which a program may make 33.  A plain loop over all
 * frames is too much for the verifier ("the sequence of 8193 jumps is too complex").
 */
#define FRAMES_PER_CALL 16
_Static_assert(FRAMES_PER_CALL * 33 > SAMPLE_USER_MAX, "the deepest stack is walked to its end");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} walkers SEC(".maps");

SEC("?perf_event")
int walk_on(void *ctx)
{
	struct sample_tally *tally = this_tally();
	struct walk *w = this_walk();

	if (!tally || !w)
		return 0;
	for (int i = 0; i < FRAMES_PER_CALL; i++) {
		if (walk_frame(w))
			return tell_outcome(tally, store_cfi(ctx, w));
	}
	bpf_tail_call(ctx, &walkers, 0);
	w->result = UNWIND_TOO_DEEP; /* it cannot be: see the assertion above */
	return tell_outcome(tally, store_cfi(ctx, w));
}

SEC("?perf_event")
int sample_cfi_tail(void *ctx)
{
	struct sample_tally *tally = this_tally();
	struct walk *w = this_walk();
	__u32 outcome;

	if (!tally || !w)
		return 0;
	begin_tick(tally);
	outcome = prepare_cfi(ctx, w);
	if (outcome != WALK_FIRST)
		return tell_outcome(tally, outcome);
	bpf_tail_call(ctx, &walkers, 0);
	w->result = UNWIND_TOO_DEEP;
	return tell_outcome(tally, store_cfi(ctx, w));
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
