// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * follow.bpf.c - keeps `targets` true to a tree of processes: threads and
 * children are added when they are made, ended threads removed.
 *
 * In the kernel, because a child may run and end before user space hears of it.
 * The keys are thread ids: the only ids that the fork tracepoint has for the
 * child, and right for threads and processes alike.
 *
 * The records are read at offsets that user space takes from the tracepoints'
 * format files (they moved in Linux 6.17), so that no kernel type is needed.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/ids.bpf.h"
#include "bpf/sample.h"
#include "bpf/targets.bpf.h"

const volatile __u32 fork_child_pid_off;
const volatile __u32 exec_old_pid_off;

/* Children for which `targets` had no room. */
volatile __u64 not_followed;

/* What `seeds` notes of the current thread, by its id in user space's namespace. */
static __always_inline __u8 *find_seed(void)
{
	__u32 tgid, tid;

	return ids_ns.ino && own_ids(&tgid, &tid) ? bpf_map_lookup_elem(&seeds, &tid) : NULL;
}

static __always_inline void add(__u32 tid)
{
	__u8 wanted = TARGET_WANTED;

	if (bpf_map_update_elem(&targets, &tid, &wanted, BPF_ANY))
		__sync_fetch_and_add(&not_followed, 1);
}

SEC("tracepoint")
int on_fork(void *ctx)
{
	__u32 parent = (__u32)bpf_get_current_pid_tgid(), child = 0;
	__u8 *target = bpf_map_lookup_elem(&targets, &parent);

	if (!target)
		target = find_seed();
	if (!target || *target != TARGET_WANTED)
		return 0;
	bpf_probe_read_kernel(&child, sizeof(child), ctx + fork_child_pid_off);
	add(child);
	return 0;
}

SEC("tracepoint")
int on_exec(void *ctx)
{
	__u32 now = (__u32)bpf_get_current_pid_tgid(), before = 0;

	/* A thread other than the first takes over the process's id at exec. */
	bpf_probe_read_kernel(&before, sizeof(before), ctx + exec_old_pid_off);
	if (!bpf_map_lookup_elem(&targets, &before) && !find_seed())
		return 0;
	if (before != now)
		bpf_map_delete_elem(&targets, &before);
	add(now);
	return 0;
}

SEC("tracepoint")
int on_exit(void *ctx)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid(), tgid;

	bpf_map_delete_elem(&targets, &tid);
	/* The number may be another thread's next. */
	if (ids_ns.ino && own_ids(&tgid, &tid))
		bpf_map_delete_elem(&seeds, &tid);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
