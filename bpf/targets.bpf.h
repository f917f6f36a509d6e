/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * targets.bpf.h - who is wanted: ids, and a TARGET_* of each.  follow.bpf.c writes what
 * sample.bpf.c reads: user space, which sets their sizes, lends it the maps' fds.
 */
#ifndef BPF_TARGETS_BPF_H
#define BPF_TARGETS_BPF_H

#include <bpf/bpf_helpers.h>

struct id_set {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
	__uint(max_entries, 1);
};

struct id_set targets SEC(".maps");

/* SAMPLE_TREE: its first threads, where only user space's namespace has their ids. */
struct id_set seeds SEC(".maps");

#endif /* BPF_TARGETS_BPF_H */
