/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pidns.h - the pid namespace that we are in: every id that we are given, find in
 * /proc or print is counted in it, and BPF programs are told.
 *
 * Source:    /proc/self, /proc/self/ns/pid; /sys/kernel/btf/vmlinux.
 * Errors:    0 or a negative errno, with a refusal.  That processes in namespaces below ours
 *            cannot be told apart is warned of.
 */
#ifndef PROFILER_SOURCE_PIDNS_H
#define PROFILER_SOURCE_PIDNS_H

#include <linux/types.h>

#include "bpf/ids.h"

struct refusal;

/* Is /proc there, and of our own namespace?  -ENOENT, -EXDEV. */
int pidns_check_proc(struct refusal *refusal);

/* *OUT is all zero in the initial namespace. */
int pidns_read(struct refusal *refusal, struct ids_ns *out);

#endif /* PROFILER_SOURCE_PIDNS_H */
