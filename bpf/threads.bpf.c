// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * threads.bpf.c - one run for each thread of a process, when user space reads the iterator: the
 * registers and the kernel stack that the thread has at this moment.  It goes on meanwhile.
 *
 * Of a thread that runs on a CPU the kernel has the registers of its last entry, and no stack.
 *
 * Source: the kernel's BTF, by CO-RE: who has no BTF has no iterators.  Linux 6.1 goes through the
 * threads of one process.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "bpf/ids.bpf.h"
#include "bpf/registers.bpf.h"
#include "bpf/threads.h"

struct thread_struct {
	unsigned long fsbase;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	unsigned int __state;
	char comm[THREAD_COMM_LEN];
	struct thread_struct thread;
} __attribute__((preserve_access_index));

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

/* The context; its layout is the same in all kernels. */
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct scratch {
	struct thread_record record;
	struct pt_regs regs;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline void read_registers(struct task_struct *task, struct scratch *s)
{
	const void *entry = (const void *)bpf_task_pt_regs(task);

	s->record.code_bits = 0;
	if (bpf_probe_read_kernel(&s->regs, sizeof(s->regs), entry) || (s->regs.cs & 3) != 3)
		return;
	s->record.code_bits = (s->regs.cs & 0xffff) == USER_CS ? 64 : 32;
	set_registers(&s->record.regs, &s->regs);
}

static __always_inline void read_kernel_stack(struct task_struct *task, struct thread_record *r)
{
	long size = 0;

	if (r->state != THREAD_RUNS)
		size = bpf_get_task_stack(task, r->kernel, sizeof(r->kernel), 0);
	r->kernel_cnt = size > 0 ? (__u32)size / sizeof(r->kernel[0]) : 0;
}

SEC("iter/task")
int threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 zero = 0;
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);

	if (!task || !s)
		return 0;
	s->record.tid = ids_ns.ino ? number_of((__u64)task) : (__u32)task->pid;
	s->record.state = task->__state & THREAD_STATE_OF_ALL;
	s->record.fsbase = task->thread.fsbase;
	s->record.pad = 0;
	bpf_probe_read_kernel_str(s->record.comm, sizeof(s->record.comm), task->comm);
	read_registers(task, s);
	read_kernel_stack(task, &s->record);
	bpf_seq_write(ctx->meta->seq, &s->record, sizeof(s->record));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
