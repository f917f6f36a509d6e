// SPDX-License-Identifier: BSD-2-Clause
/*
 * bpfrun.c - keeps a BPF program named "busy" running in the kernel, on packets
 * that it makes up.
 *
 *	bpfrun SECONDS
 */
#include "tests/workloads/spin.h"

#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOOPS  20000 /* the verifier walks each: it gives up at a million instructions */
#define REPEAT 100

static const struct bpf_insn busy[] = {
	/* r0 = 0; r1 = 0; do { r0 += r1; r1++; } while (r1 < LOOPS); return r0; */
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = 0 },
	{ .code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1 },
	{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = 1 },
	{ .code = BPF_JMP | BPF_JLT | BPF_K, .dst_reg = BPF_REG_1, .off = -3, .imm = LOOPS },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int load(void)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)busy,
		.insn_cnt = sizeof(busy) / sizeof(busy[0]),
		.license = (uintptr_t) "Dual BSD/GPL",
		.prog_name = "busy",
	};

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int run(int prog_fd)
{
	char packet[64] = { 0 };
	union bpf_attr attr = {
		.test.prog_fd = (__u32)prog_fd,
		.test.data_in = (uintptr_t)packet,
		.test.data_size_in = sizeof(packet),
		.test.repeat = REPEAT,
	};

	return (int)syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 2;
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds * 1e9);
	int prog_fd = load(), err = prog_fd < 0;

	while (!err && clock_ns(CLOCK_MONOTONIC) < end_ns)
		err = run(prog_fd);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
