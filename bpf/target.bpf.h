/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * target.bpf.h - is the current task wanted, and does user space know of it?
 */
#ifndef BPF_TARGET_BPF_H
#define BPF_TARGET_BPF_H

#include "bpf/ids.bpf.h"
#include "bpf/sample.h"
#include "bpf/targets.bpf.h"

/* Set before load; the verifier removes the branches that are switched off. */
const volatile __u32 filter = SAMPLE_ALL;
const volatile bool want_idle;
const volatile bool want_threads;

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
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 1);
} cgroup SEC(".maps");

/* Whom to sample */

static __always_inline bool in_tree(__u32 tid)
{
	__u32 global = (__u32)bpf_get_current_pid_tgid();
	__u8 *target = bpf_map_lookup_elem(&targets, &global);

	if (!target && ids_ns.ino && tid)
		target = bpf_map_lookup_elem(&seeds, &tid);
	return target && *target == TARGET_WANTED;
}

static __always_inline bool wanted(__u32 tgid, __u32 tid)
{
	__u32 id = filter == SAMPLE_THREADS ? tid : tgid;
	__u8 *target;

	if (filter == SAMPLE_TREE)
		return in_tree(tid);

	if (filter == SAMPLE_ALL)
		return true;
	if (filter == SAMPLE_CGROUP)
		return bpf_current_task_under_cgroup(&cgroup, 0) == 1;
	target = bpf_map_lookup_elem(&targets, &id);
	return target && *target == TARGET_WANTED;
}

/* SAMPLE_STORED: the current task is wanted, and KEY says who it is; else what becomes of it. */
static __always_inline __u32 choose_task(struct sample_key *key)
{
	__u32 tgid, tid;

	if (!(__u32)bpf_get_current_pid_tgid() && !want_idle)
		return SAMPLE_IDLE;
	own_ids(&tgid, &tid);
	if (!wanted(tgid, tid))
		return SAMPLE_FILTERED;
	key->tgid = tgid;
	key->tid = want_threads ? tid : 0;
	key->space = 0;
	bpf_get_current_comm(key->comm, sizeof(key->comm));
	return SAMPLE_STORED;
}

/* Tell user space, which must read the mappings of a process before it is gone. */
static __always_inline void tell_process(const struct sample_key *key)
{
	struct sample_process process = { .type = RECORD_PROCESS, .tgid = key->tgid };
	__u8 yes = 1;

	if (!key->tgid)
		return;
	__builtin_memcpy(process.comm, key->comm, sizeof(process.comm));
	if (bpf_map_lookup_elem(&told, &process))
		return;
	if (!bpf_ringbuf_output(&ring, &process, sizeof(process), BPF_RB_FORCE_WAKEUP))
		bpf_map_update_elem(&told, &process, &yes, BPF_ANY);
}

#endif /* BPF_TARGET_BPF_H */
