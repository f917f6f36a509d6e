/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * count.bpf.h - where samples are counted: two generations of stacks and counts, of
 * which user space reads one while the programs fill the other, and the ring for what
 * finds no slot.
 *
 * Every max_entries is a placeholder: user space sizes the maps before load.
 */
#ifndef BPF_COUNT_BPF_H
#define BPF_COUNT_BPF_H

#include "bpf/sample.h"
#include "bpf/target.bpf.h" /* ring */

#define EEXIST 17
#define ENOMEM 12

/* Wake the reader when so many bytes wait in the ring, half of it.  Set before load. */
const volatile __u64 ring_wake_size = 128 * 1024;

/* Which of the stacks maps, and which half of `counts`, to fill: 0 or 1.  Written by user space only. */
volatile __u32 generation;

struct stacks {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, SAMPLE_KERNEL_MAX * sizeof(__u64));
	__uint(max_entries, 1024);
} stacks0 SEC(".maps"), stacks1 SEC(".maps");

/* Slots that are searched for a key: if none of them is free, `counts` is taken to be full. */
#define COUNT_PROBES 8

/* Set before load. */
const volatile __u32 count_mask, count_cpus = 1;

/* An array, as looking into a hash map is four function calls more. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sample_count);
	__uint(max_entries, 2);
} counts SEC(".maps");

/* Look at the clock, as the kernel does not say what the runs cost.  Set before load. */
const volatile bool want_time;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct sample_tally);
	__uint(max_entries, 1);
} tallies SEC(".maps");

/* Counting */

/* The stack found its bucket taken, or the stacks map full. */
static __always_inline bool no_slot(__s64 stack_id)
{
	return stack_id == -EEXIST || stack_id == -ENOMEM;
}

static __always_inline __s64 stack_id(void *ctx, __u32 gen, __u64 flags)
{
	return gen ? bpf_get_stackid(ctx, &stacks1, flags) : bpf_get_stackid(ctx, &stacks0, flags);
}

static __always_inline __u64 mix(__u64 hash, __u64 value)
{
	hash = (hash ^ value) * 0xff51afd7ed558ccdULL; /* MurmurHash3's finalizer */
	return hash ^ hash >> 33;
}

static __always_inline bool same_key(const struct sample_key *a, const struct sample_key *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4]));
}

/* The slot that has KEY, or a free one for it; NULL: there is neither.  No other run uses it. */
static __noinline struct sample_count *find_count(const struct sample_key *key, __u32 gen)
{
	__u32 cpu = bpf_get_smp_processor_id(), first, at, index;
	struct sample_count *count;

	if (!key || cpu >= count_cpus)
		return NULL;
	first = (gen * count_cpus + cpu) * (count_mask + 1);
	at = (__u32)mix(mix(key->user, (__u64)key->tgid << 32 | (__u32)key->kernel),
			(__u64)key->tid << 32 | key->space);
	for (int i = 0; i < COUNT_PROBES; i++) {
		index = first + ((at + i) & count_mask);
		count = bpf_map_lookup_elem(&counts, &index);
		if (!count || !count->is_used || same_key(&count->key, key))
			return count;
	}
	return NULL;
}

static __always_inline void new_count(struct sample_count *slot, const struct sample_key *key,
				      __u64 count)
{
	slot->key = *key;
	slot->count = count;
	slot->is_used = 1;
}

/* Send REC with its user frames; the kernel's are added if they have no id. */
static __always_inline bool send_stacks(void *ctx, struct sample_stacks *rec, __u32 gen)
{
	__u32 user_cnt = rec->user_cnt + 2 * rec->interpreter_cnt, cnt;
	__s64 size;
	bool much;

	barrier_var(user_cnt); /* one register, so that the check below holds for all its uses */
	if (user_cnt > SAMPLE_USER_MAX + 2 * INTERPRETER_FRAMES)
		return false; /* it cannot be, but the verifier wants to see it */
	rec->type = RECORD_STACKS;
	rec->generation = gen;
	rec->kernel_cnt = -1;
	cnt = user_cnt;
	if (no_slot(rec->key.kernel)) {
		size = bpf_get_stack(ctx, &rec->ips[user_cnt], SAMPLE_KERNEL_MAX * sizeof(__u64),
				     0);
		rec->kernel_cnt = size > 0 ? size / sizeof(__u64) : 0;
		cnt += rec->kernel_cnt;
	}
	if (cnt > SAMPLE_WORDS_MAX)
		return false;
	/* The reader comes by itself at every turn of the generations. */
	much = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > ring_wake_size;
	return !bpf_ringbuf_output(&ring, rec,
				   __builtin_offsetof(struct sample_stacks, ips) +
					   cnt * sizeof(__u64),
				   much ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

static __always_inline struct sample_tally *this_tally(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tallies, &zero);
}

static __always_inline void begin_tick(struct sample_tally *tally)
{
	tally->ticks++;
	if (want_time)
		tally->begin_ns = bpf_ktime_get_ns();
}

static __always_inline int tell_outcome(struct sample_tally *tally, __u32 outcome)
{
	if (want_time)
		tally->run_ns += bpf_ktime_get_ns() - tally->begin_ns;
	if (outcome < SAMPLE_OUTCOME_CNT)
		tally->outcome[outcome]++; /* per-CPU: no other writer */
	return 0;
}

#endif /* BPF_COUNT_BPF_H */
