/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ksym.h - names of kernel addresses from the running kernel itself, by
 * bpf/ksym.bpf.c.
 *
 * Errors:  0 or a negative errno; ksym_open() fails on kernels before 5.14, the
 *          caller then leaves it to /proc/kallsyms; -EACCES: kernel addresses are
 *          hidden (kernel.kptr_restrict).  Nothing is said.
 */
#ifndef PROFILER_SOURCE_KSYM_H
#define PROFILER_SOURCE_KSYM_H

#include <stddef.h>
#include <stdint.h>

struct ksym;

int ksym_open(struct ksym **out);
void ksym_close(struct ksym *ksym);

/* "name" or "name [module]"; -ENOENT: the kernel knows none.  A symbolizer_opts.kernel_name. */
int ksym_name(void *ksym, uint64_t ip, char *name, size_t name_size);

#endif /* PROFILER_SOURCE_KSYM_H */
