// SPDX-License-Identifier: BSD-2-Clause
/*
 * norows.c - preloaded into wick: a kernel that makes no map for the rows of unwind tables, as
 * one may that has run out of memory, or where a security module forbids it.
 */
#include <bpf/bpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

typedef int create_fn(enum bpf_map_type, const char *, __u32, __u32, __u32,
		      const struct bpf_map_create_opts *);

__attribute__((visibility("default"))) int bpf_map_create(enum bpf_map_type type, const char *name,
							  __u32 key_size, __u32 value_size,
							  __u32 cnt,
							  const struct bpf_map_create_opts *opts)
{
	create_fn *next = (create_fn *)dlsym(RTLD_NEXT, "bpf_map_create");

	if (next && (!name || strcmp(name, "rows")))
		return next(type, name, key_size, value_size, cnt, opts);
	errno = EPERM;
	return -EPERM;
}
