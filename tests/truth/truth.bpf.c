// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * truth.bpf.c - walk the user stack of one process, then stop the thread.
 *
 * SIGSTOP is delivered before the thread returns to user code: it stands still at
 * exactly the state that was walked, and another unwinder can be asked about it.
 *
 * The sampling program is included as a whole, so that what is tested is what it
 * does: begin_walk() finds the registers, walk_frame() does the rest.  Only its own
 * entry points and what they store are not used here.
 */
#include "bpf/sample.bpf.c"
#include "tests/truth/shot.h"

#define SIGSTOP 19

/* Written by user space while the program runs: whom, when, and in which mode. */
volatile __u32 tgid, want;
/* 1: take one shot and set it to 0. */
__u32 armed;
/* Shots taken: `shot` is complete when it changes. */
volatile __u64 taken;
struct truth_shot shot;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} truth_walkers SEC(".maps");

/* 0: not now, else the shot is ours to take. */
static __always_inline __u32 aim(const struct pt_regs *regs)
{
	__u32 mode = regs->ip >> 63 ? SHOT_KERNEL : SHOT_USER;

	if (bpf_get_current_pid_tgid() >> 32 != tgid || !(want & mode))
		return 0;
	return __sync_val_compare_and_swap(&armed, 1, 0) == 1 ? mode : 0;
}

static __always_inline bool begin_shot(struct tick *tick, struct walk *w, __u32 mode)
{
	w->rec.key.tgid = tgid;
	w->rec.generation = mode; /* kept over the tail calls */
	return begin_walk(tick, w);
}

_Static_assert(sizeof(struct pt_regs) == 8 * SHOT_REG_CNT &&
		       __builtin_offsetof(struct pt_regs, ip) == 8 * SHOT_REG_IP &&
		       __builtin_offsetof(struct pt_regs, sp) == 8 * SHOT_REG_SP,
	       "the order of regs[]");

static __always_inline int finish_shot(const struct walk *w)
{
	shot.tid = (__u32)bpf_get_current_pid_tgid();
	shot.mode = w->rec.generation;
	shot.result = w->result;
	shot.cnt = w->cnt;
	shot.process = w->process;
	/* Wherever the walk had them from. */
	bpf_probe_read_kernel(shot.regs, sizeof(shot.regs),
			      (const void *)bpf_task_pt_regs(bpf_get_current_task_btf()));
	/* A copy this long is no built-in of the BPF target. */
	bpf_probe_read_kernel(shot.ips, sizeof(shot.ips), w->rec.ips);
	shot.signal_err = bpf_send_signal_thread(SIGSTOP);
	__sync_fetch_and_add(&taken, 1);
	return 0;
}

/* As sample_cfi. */
SEC("?perf_event")
int truth_loop(void *ctx)
{
	struct loop_ctx loop = { this_walk() };
	struct walk *w = loop.w;
	__u32 mode = aim(ctx);

	if (!w || !mode)
		return 0;
	if (begin_shot(ctx, w, mode))
		bpf_loop(SAMPLE_USER_MAX + 1, walk_frame_in_loop, &loop, 0);
	return finish_shot(w);
}

/* As walk_on. */
SEC("?perf_event")
int truth_walk_on(void *ctx)
{
	struct walk *w = this_walk();

	if (!w)
		return 0;
	for (int i = 0; i < FRAMES_PER_CALL; i++) {
		if (walk_frame(w))
			return finish_shot(w);
	}
	bpf_tail_call(ctx, &truth_walkers, 0);
	w->result = UNWIND_RESULT_CNT; /* no verdict knows this one */
	return finish_shot(w);
}

/* As sample_cfi_tail. */
SEC("?perf_event")
int truth_tail(void *ctx)
{
	struct walk *w = this_walk();
	__u32 mode = aim(ctx);

	if (!w || !mode)
		return 0;
	if (begin_shot(ctx, w, mode))
		bpf_tail_call(ctx, &truth_walkers, 0);
	return finish_shot(w);
}
