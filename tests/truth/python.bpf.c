// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * python.bpf.c - take the Python frames of one process's threads, and in the same tick those that
 * the thread itself wrote down: programs/shadow.h.
 *
 * The sampling program is included as a whole, as in truth.bpf.c.
 */
#include "bpf/sample.bpf.c"

#include <bpf/bpf_core_read.h>

#include "tests/truth/programs/shadow.h"
#include "tests/truth/python_shot.h"

/* wick looks for fsbase where no BTF is at hand; here BTF says where it is. */
struct thread_struct___truth {
	unsigned long fsbase;
} __attribute__((preserve_access_index));
struct task_struct___truth {
	struct thread_struct___truth thread;
} __attribute__((preserve_access_index));

/* Whom; written by user space. */
volatile __u32 tgid;
/* Ticks of threads that have a shadow, and of these the ones that found the ring full. */
__u64 shadowed, lost;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} shots SEC(".maps");

/* The shadow of thread TID; 0: it has none. */
static __always_inline __u64 find_shadow(__u32 tid)
{
	__u64 shadow = user_word(SHADOW_TABLE + 8 * (tid % SHADOW_SLOTS));

	return shadow && user_word(shadow + __builtin_offsetof(struct shadow, tid)) == tid ? shadow
											   : 0;
}

/* The last of the codes that SHADOW has. */
static __always_inline void read_shadow(struct python_shot *shot, __u64 shadow)
{
	__u64 depth = user_word(shadow + __builtin_offsetof(struct shadow, depth)), first = 0;
	__u32 cnt = depth;

	if (depth > PYTHON_SHADOWS) {
		first = depth - PYTHON_SHADOWS;
		cnt = PYTHON_SHADOWS;
	}
	asm volatile(
		""
		: "+r"(cnt)); /* else clang proves the next line away, and the verifier cannot */
	cnt &= PYTHON_SHADOWS;
	shot->depth = depth;
	if (bpf_probe_read_user(shot->shadow, 8 * cnt,
				(const void *)(shadow + 8 * first +
					       __builtin_offsetof(struct shadow, codes))))
		shot->depth = 0;
}

SEC("?perf_event")
int python_loop(void *ctx)
{
	struct loop_ctx loop = { this_walk() };
	struct walk *w = loop.w;
	__u64 id = bpf_get_current_pid_tgid(), shadow;
	struct python_shot *shot;
	__u32 cnt;

	if (!w || id >> 32 != tgid)
		return 0;
	shadow = find_shadow((__u32)id);
	if (!shadow)
		return 0;
	__sync_fetch_and_add(&shadowed, 1);
	shot = bpf_ringbuf_reserve(&shots, sizeof(*shot), 0);
	if (!shot) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	read_shadow(shot, shadow);
	fsbase_off = bpf_core_field_offset(struct task_struct___truth, thread.fsbase);
	/* As sample_cfi. */
	w->rec.key.tgid = tgid;
	if (begin_walk(ctx, w)) {
		w->first_sp = w->state.sp;
		bpf_loop(SAMPLE_USER_MAX + 1, walk_frame_in_loop, &loop, 0);
		take_interpreter(w);
	}
	shot->tid = (__u32)id;
	shot->kind = w->rec.interpreter_kind;
	shot->end = w->rec.interpreter_end;
	shot->native_end = w->result;
	cnt = w->cnt;
	if (cnt > SAMPLE_USER_MAX)
		cnt = SAMPLE_USER_MAX; /* it cannot be, which the verifier does not know */
	shot->native_cnt = cnt;
	shot->cnt = w->rec.interpreter_cnt;
	bpf_probe_read_kernel(shot->frames, sizeof(shot->frames), &w->rec.ips[cnt]);
	bpf_probe_read_kernel(shot->ips, sizeof(shot->ips), w->rec.ips);
	bpf_ringbuf_submit(shot, 0);
	return 0;
}
