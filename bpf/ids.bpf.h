/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ids.bpf.h - who the current task is, in the pid namespace that user space is in.
 *
 * bpf_get_ns_current_pid_tgid() (Linux 5.7) knows tasks of that very namespace.
 * Those of a namespace below it, a container's, have a number in it as well, which
 * is read from the task where the kernel's BTF says how.
 */
#ifndef BPF_IDS_BPF_H
#define BPF_IDS_BPF_H

#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "bpf/ids.h"

const volatile struct ids_ns ids_ns;

static __always_inline __u64 read_word(const void *base, __u32 off)
{
	__u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), base + off);
	return word;
}

static __always_inline __u32 read_half(const void *base, __u32 off)
{
	__u32 half = 0;

	bpf_probe_read_kernel(&half, sizeof(half), base + off);
	return half;
}

/* The number of TASK's thread in our namespace, 0: it has none. */
static __noinline __u32 number_of(__u64 task)
{
	const void *pid = (const void *)read_word((const void *)task, ids_ns.off.task_pid);
	__u32 level = pid ? read_half(pid, ids_ns.off.pid_level) : 0;

	for (__u32 i = 0; i <= IDS_LEVELS; i++) {
		const void *number = pid + ids_ns.off.pid_numbers + i * ids_ns.off.number_size;

		if (i > level)
			break;
		if (read_half((const void *)read_word(number, ids_ns.off.number_ns),
			      ids_ns.off.ns_ino) == (__u32)ids_ns.ino)
			return read_half(number, ids_ns.off.number_nr);
	}
	return 0;
}

/* False: the task is not in our namespace, and has no ids in it. */
static __always_inline bool own_ids(__u32 *tgid, __u32 *tid)
{
	__u64 id = bpf_get_current_pid_tgid(), task;
	struct bpf_pidns_info info = { 0 };

	*tgid = id >> 32;
	*tid = (__u32)id;
	if (!ids_ns.ino)
		return true;
	*tgid = *tid = 0;
	if (!bpf_get_ns_current_pid_tgid(ids_ns.dev, ids_ns.ino, &info, sizeof(info))) {
		*tgid = info.tgid;
		*tid = info.pid;
	} else if (ids_ns.off.pid_numbers) {
		task = bpf_get_current_task();
		*tid = number_of(task);
		*tgid = number_of(read_word((const void *)task, ids_ns.off.task_leader));
	}
	return *tid != 0;
}

#endif /* BPF_IDS_BPF_H */
