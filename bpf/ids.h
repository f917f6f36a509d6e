/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ids.h - which pid namespace user space counts in, for programs that are told the
 * ids of the initial one.
 *
 * Set before load.  The includer supplies the __u32 family.
 */
#ifndef BPF_IDS_H
#define BPF_IDS_H

/* Levels below the initial one: the kernel's MAX_PID_NS_LEVEL. */
#define IDS_LEVELS 32

/* Offsets in kernel structs, from the kernel's BTF; all 0: not known. */
struct ids_offsets {
	__u32 task_leader; /* task_struct.group_leader */
	__u32 task_pid;	   /* task_struct.thread_pid */
	__u32 pid_level;   /* pid.level */
	__u32 pid_numbers; /* pid.numbers */
	__u32 number_size; /* sizeof(struct upid) */
	__u32 number_nr;   /* upid.nr */
	__u32 number_ns;   /* upid.ns */
	__u32 ns_ino;	   /* pid_namespace.ns.inum */
};

struct ids_ns {
	__u64 dev, ino; /* of /proc/self/ns/pid, dev as the kernel has it; 0: the initial one */
	struct ids_offsets off;
};
_Static_assert(sizeof(struct ids_ns) == 48, "ids_ns is wire format");

#endif /* BPF_IDS_H */
