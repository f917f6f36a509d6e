// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kernel_text.bpf.c - reads the running kernel's code, and names its addresses.
 *
 * Where that begins without a symbol table, which takes the kernel a millisecond to search before
 * Linux 6.2, and other privileges: at a function of this program's own that calls
 * bpf_probe_read_user(), as the kernel has compiled it.  Linux 5.17, for bpf_loop().
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/kernel_text.h"
#include "bpf/ksym.h"

volatile __u64 ip; /* 0: of read_user() */
volatile __u64 reader;
char name[KSYM_NAME_SIZE];
__u8 code[KERNEL_TEXT_SIZE];

/* 0, which the verifier must not know, or it takes read_user() away. */
volatile __u32 loops;

/* It is never run. */
static int read_user(__u32 nr, void *ctx)
{
	bpf_probe_read_user(code, 1, (const void *)(unsigned long)ip);
	return 0;
}

SEC("syscall")
int look(void *ctx)
{
	static const char fmt[] = "%ps";
	__u64 args[1];

	bpf_loop(loops, read_user, NULL, 0);
	reader = (__u64)(unsigned long)read_user;
	args[0] = ip ? ip : reader;
	if (bpf_snprintf(name, sizeof(name), fmt, args, sizeof(args)) <= 0)
		return 1;
	return bpf_probe_read_kernel(code, sizeof(code), (const void *)(unsigned long)args[0]) ? 1
											       : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
