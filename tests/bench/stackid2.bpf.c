// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * stackid2.bpf.c - the least that a stack sampler can do: ask the kernel for its
 * two stacks, and nothing else.  What wick's own program is measured against.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define MAX_FRAMES 127

/* max_entries is a placeholder: the loader sets it. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, MAX_FRAMES * sizeof(__u64));
	__uint(max_entries, 1024);
} stacks SEC(".maps");

SEC("?perf_event")
int stackid2(void *ctx)
{
	bpf_get_stackid(ctx, &stacks, 0);
	bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	return 0;
}

/* What one walk of the user stack costs by frame pointers. */
SEC("?perf_event")
int stackid1(void *ctx)
{
	bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
