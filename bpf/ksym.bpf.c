// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksym.bpf.c - asks the running kernel for the name of one of its addresses.
 *
 * Reading /proc/kallsyms costs the kernel 45 ms of formatting for 120,000
 * symbols; a profile needs some hundred names, at about a microsecond each here.
 * The same look-up finds modules, BPF programs and trampolines.  Linux 5.14.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/ksym.h"

volatile __u64 ip;
char name[KSYM_NAME_SIZE];

SEC("syscall")
int ksym(void *ctx)
{
	static const char fmt[] = "%ps";
	__u64 args[1] = { ip };

	return bpf_snprintf(name, sizeof(name), fmt, args, sizeof(args)) > 0 ? 0 : 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
