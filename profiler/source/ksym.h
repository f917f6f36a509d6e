/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ksym.h - names of kernel addresses from the running kernel itself, by
 * bpf/ksym.bpf.c.
 *
 * Ownership: ksym_close().
 * Errors:    0 or a negative errno, and nothing is logged.  ksym_open() fails on kernels
 *            before 5.14, for which there is /proc/kallsyms, and with -EACCES where kernel
 *            addresses are hidden (kernel.kptr_restrict).
 */
#ifndef PROFILER_SOURCE_KSYM_H
#define PROFILER_SOURCE_KSYM_H

#include <stddef.h>
#include <stdint.h>

struct ksym;

int ksym_open(struct ksym **out);
void ksym_close(struct ksym *ksym); /* NULL is fine */

/* A symbolizer_opts.kernel_name: write "name" or "name [module]"; -ENOENT: the kernel has none. */
int ksym_name(void *ksym, uint64_t ip, char *name, size_t name_size);

#endif /* PROFILER_SOURCE_KSYM_H */
