// SPDX-License-Identifier: BSD-2-Clause
/*
 * notables.c - preloaded into wick: a kernel that refuses the programs which walk by unwind
 * tables, as one without BTF does, and takes the others.  With REFUSED=PREFIX it refuses those
 * whose names begin so.
 */
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef int load_fn(struct bpf_object_skeleton *);

__attribute__((visibility("default"))) int
bpf_object__load_skeleton(struct bpf_object_skeleton *skeleton)
{
	load_fn *next = (load_fn *)dlsym(RTLD_NEXT, "bpf_object__load_skeleton");
	const char *refused = getenv("REFUSED") ?: "sample_cfi";
	struct bpf_program *program;

	bpf_object__for_each_program(program, *skeleton->obj)
	{
		if (bpf_program__autoload(program) &&
		    !strncmp(bpf_program__name(program), refused, strlen(refused))) {
			errno = EINVAL;
			return -EINVAL;
		}
	}
	return next ? next(skeleton) : -ENOSYS;
}
