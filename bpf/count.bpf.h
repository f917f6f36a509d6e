/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * count.bpf.h - where samples are counted: two generations of maps, of which user
 * space reads one while the programs fill the other, and the ring for what finds
 * no place.
 *
 * Every max_entries is a placeholder: user space sizes the maps before load.
 */
#ifndef BPF_COUNT_BPF_H
#define BPF_COUNT_BPF_H

#include "bpf/sample.h"
#include "bpf/target.bpf.h" /* ring */

#define EEXIST 17
#define ENOMEM 12

/* Wake the reader when this much waits in the ring: half of it.  Set before load. */
const volatile __u64 ring_wake_size = 128 * 1024;

/* Which pair of maps to fill: 0 or 1.  Written by user space only. */
volatile __u32 generation;

struct stacks {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, SAMPLE_KERNEL_MAX * sizeof(__u64));
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

/* Counting */

static __always_inline bool no_place(__s64 stack_id)
{
	return stack_id == -EEXIST || stack_id == -ENOMEM;
}

static __always_inline __s64 stack_id(void *ctx, __u32 gen, __u64 flags)
{
	return gen ? bpf_get_stackid(ctx, &stacks1, flags) : bpf_get_stackid(ctx, &stacks0, flags);
}

static __always_inline __u64 *find_count(__u32 gen, const struct sample_key *key)
{
	return gen ? bpf_map_lookup_elem(&counts1, key) : bpf_map_lookup_elem(&counts0, key);
}

/* False: the map is full, or another CPU was first. */
static __always_inline bool new_count(__u32 gen, const struct sample_key *key, __u64 count)
{
	return !(gen ? bpf_map_update_elem(&counts1, key, &count, BPF_NOEXIST)
		     : bpf_map_update_elem(&counts0, key, &count, BPF_NOEXIST));
}

/* Send REC with its user frames; the kernel's are added if they have no id. */
static __always_inline bool send_stacks(void *ctx, struct sample_stacks *rec, __u32 gen)
{
	__u32 user_cnt = rec->user_cnt, cnt;
	__s64 size;
	bool much;

	barrier_var(user_cnt); /* one register, so that the check below holds for all its uses */
	if (user_cnt > SAMPLE_USER_MAX)
		return false; /* cannot be; the verifier wants to see it */
	rec->type = RECORD_STACKS;
	rec->generation = gen;
	rec->kernel_cnt = -1;
	rec->pad = 0;
	cnt = user_cnt;
	if (no_place(rec->key.kernel)) {
		size = bpf_get_stack(ctx, &rec->ips[user_cnt], SAMPLE_KERNEL_MAX * sizeof(__u64), 0);
		rec->kernel_cnt = size > 0 ? size / sizeof(__u64) : 0;
		cnt += rec->kernel_cnt;
	}
	if (cnt > SAMPLE_USER_MAX + SAMPLE_KERNEL_MAX)
		return false;
	/* The reader comes by itself at every turn of the generations. */
	much = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > ring_wake_size;
	return !bpf_ringbuf_output(&ring, rec,
				   __builtin_offsetof(struct sample_stacks, ips) + cnt * sizeof(__u64),
				   much ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

static __always_inline struct sample_tally *this_tally(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tallies, &zero);
}

static __always_inline int tell_outcome(struct sample_tally *tally, __u32 outcome)
{
	if (outcome < SAMPLE_OUTCOME_CNT)
		tally->outcome[outcome]++; /* per-CPU: no other writer */
	return 0;
}

#endif /* BPF_COUNT_BPF_H */
