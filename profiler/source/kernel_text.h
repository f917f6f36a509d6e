/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel_text.h - the code of the running kernel, by bpf/kernel_text.bpf.c: with the privileges
 * that sampling by BPF needs, where /proc/kcore is forbidden and addresses are hidden, too.
 *
 * Ownership: kernel_text_close().
 * Errors:    0 or a negative errno, and nothing is logged.  kernel_text_open() fails before Linux
 *            5.17, without CAP_BPF and CAP_PERFMON, and where the kernel is locked down.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_KERNEL_TEXT_H
#define PROFILER_SOURCE_KERNEL_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/kernel_text.h"
#include "bpf/ksym.h"

/* What is at an address. */
struct kernel_look {
	uint64_t ip;
	char name[KSYM_NAME_SIZE]; /* of the function that holds it */
	uint8_t code[KERNEL_TEXT_SIZE];
};

/* Where to look; a test has a kernel of its own. */
struct kernel_text {
	/* IP 0: a function that does nothing but call bpf_probe_read_user(). */
	int (*look)(struct kernel_text *text, uint64_t ip, struct kernel_look *out);
};

int kernel_text_open(struct kernel_text **out);
void kernel_text_close(struct kernel_text *text); /* NULL is fine */

#endif /* PROFILER_SOURCE_KERNEL_TEXT_H */
