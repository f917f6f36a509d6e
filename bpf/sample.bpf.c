// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sample.bpf.c - one run per perf_event tick on each CPU.
 *
 * The program decides whether the interrupted task is wanted, asks the kernel
 * for its two stacks, and adds one to that pair's count.  User space reads the
 * maps of one generation while the program fills the other, so that no map has
 * to hold a whole recording.
 *
 * A stack that finds its bucket taken by another one (-EEXIST), or a map that is
 * full, does not cost the sample: it goes through the ring with its stacks in it.
 * Each run increments exactly one outcome, so that a loss can never be silent.
 *
 * Nothing here needs a kernel type: the object has no CO-RE relocation and loads
 * on a kernel without BTF.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "bpf/sample.h"

#define EEXIST 17
#define ENOMEM 12

/* Set before load; the verifier removes the branches that are switched off. */
const volatile __u32 filter = SAMPLE_ALL;
const volatile bool want_kernel = true;
const volatile bool want_user = true;
const volatile bool want_idle;
const volatile bool want_threads;
/* Wake the reader when this much waits in the ring: half of it. */
const volatile __u64 ring_wake_size = 128 * 1024;

/* Which pair of maps to fill: 0 or 1.  Written by user space only. */
volatile __u32 generation;

/* Every max_entries below is a placeholder: user space sizes the maps before load. */
struct stacks {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, SAMPLE_MAX_FRAMES * sizeof(__u64));
	__uint(max_entries, 1024);
} stacks0 SEC(".maps"), stacks1 SEC(".maps");

struct counts {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct sample_key);
	__type(value, __u64);
	__uint(max_entries, 1024);
} counts0 SEC(".maps"), counts1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct sample_tally);
	__uint(max_entries, 1);
} tallies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} ring SEC(".maps");

/* Processes that user space was told of.  An evicted one is told again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct sample_process);
	__type(value, __u8);
	__uint(max_entries, 4096);
} told SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
	__uint(max_entries, 1);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 1);
} cgroup SEC(".maps");

static __always_inline bool wanted(__u32 tgid, __u32 tid)
{
	__u32 id = filter == SAMPLE_THREADS ? tid : tgid;
	__u8 *target;

	if (filter == SAMPLE_ALL)
		return true;
	if (filter == SAMPLE_CGROUP)
		return bpf_current_task_under_cgroup(&cgroup, 0) == 1;
	target = bpf_map_lookup_elem(&targets, &id);
	return target && *target == TARGET_WANTED;
}

/* User space must read the mappings of a process before it is gone. */
static __always_inline void tell_process(const struct sample_key *key)
{
	struct sample_process process = { .type = RECORD_PROCESS, .tgid = key->tgid };
	__u8 yes = 1;

	__builtin_memcpy(process.comm, key->comm, sizeof(process.comm));
	if (bpf_map_lookup_elem(&told, &process))
		return;
	if (!bpf_ringbuf_output(&ring, &process, sizeof(process), BPF_RB_FORCE_WAKEUP))
		bpf_map_update_elem(&told, &process, &yes, BPF_ANY);
}

static __always_inline bool add_one(void *counts, const struct sample_key *key)
{
	__u64 one = 1, *n;

	n = bpf_map_lookup_elem(counts, key);
	if (!n) {
		tell_process(key);
		if (!bpf_map_update_elem(counts, key, &one, BPF_NOEXIST))
			return true;
		/* Either full, or another CPU inserted the key first. */
		n = bpf_map_lookup_elem(counts, key);
		if (!n)
			return false;
	}
	__sync_fetch_and_add(n, 1);
	return true;
}

static __noinline __u32 send_by_value(void *ctx, const struct sample_key *key)
{
	struct sample_stacks *rec;
	bool many;

	if (!key)
		return SAMPLE_RING_FULL;
	rec = bpf_ringbuf_reserve(&ring, sizeof(*rec), 0);
	if (!rec)
		return SAMPLE_RING_FULL;
	rec->type = RECORD_STACKS;
	rec->pad = 0;
	rec->key = *key;
	rec->kernel_size = rec->user_size = SAMPLE_NO_STACK;
	if (want_kernel)
		rec->kernel_size = bpf_get_stack(ctx, rec->kernel, sizeof(rec->kernel), 0);
	if (want_user)
		rec->user_size = bpf_get_stack(ctx, rec->user, sizeof(rec->user), BPF_F_USER_STACK);
	/* The reader comes by itself at every turn of the generations. */
	many = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > ring_wake_size;
	bpf_ringbuf_submit(rec, many ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
	return SAMPLE_BY_VALUE;
}

static __always_inline bool no_place(__s32 stack_id)
{
	return stack_id == -EEXIST || stack_id == -ENOMEM;
}

static __always_inline __u32 store(void *ctx, struct sample_key *key, void *stacks, void *counts)
{
	if (want_kernel)
		key->kstack_id = bpf_get_stackid(ctx, stacks, 0);
	if (want_user)
		key->ustack_id = bpf_get_stackid(ctx, stacks, BPF_F_USER_STACK);
	if (!no_place(key->kstack_id) && !no_place(key->ustack_id) && add_one(counts, key))
		return SAMPLE_STORED;
	tell_process(key);
	return send_by_value(ctx, key);
}

static __always_inline __u32 take_sample(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 tgid = id >> 32, tid = (__u32)id;
	struct sample_key key = { 0 };

	if (!tid && !want_idle)
		return SAMPLE_IDLE;
	if (!wanted(tgid, tid))
		return SAMPLE_FILTERED;

	key.tgid = tgid;
	key.tid = want_threads ? tid : 0;
	key.kstack_id = key.ustack_id = SAMPLE_NO_STACK;
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	return generation ? store(ctx, &key, &stacks1, &counts1)
			  : store(ctx, &key, &stacks0, &counts0);
}

SEC("perf_event")
int sample(void *ctx)
{
	struct sample_tally *tally;
	__u32 zero = 0, outcome;

	tally = bpf_map_lookup_elem(&tallies, &zero);
	if (!tally)
		return 0; /* cannot be: the array has this element */
	tally->ticks++; /* per-CPU: no other writer */
	outcome = take_sample(ctx);
	if (outcome < SAMPLE_OUTCOME_CNT)
		tally->outcome[outcome]++;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
