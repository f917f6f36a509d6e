// SPDX-License-Identifier: BSD-2-Clause
/*
 * noloop.c - preloaded into wick: a kernel that has no bpf_loop(), so that the walk
 * by tail calls is what it loads.
 */
#include <bpf/libbpf.h>
#include <dlfcn.h>

typedef int probe_fn(enum bpf_prog_type, enum bpf_func_id, const void *);

__attribute__((visibility("default"))) int
libbpf_probe_bpf_helper(enum bpf_prog_type type, enum bpf_func_id helper, const void *opts)
{
	probe_fn *next = (probe_fn *)dlsym(RTLD_NEXT, "libbpf_probe_bpf_helper");

	return helper == BPF_FUNC_loop || !next ? 0 : next(type, helper, opts);
}
