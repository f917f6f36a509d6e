// SPDX-License-Identifier: BSD-2-Clause
/*
 * unfixed.c - preloaded into wick: a kernel that calls itself 6.1.25, which a walk by tables can
 * lock up, and with UNREADABLE in the environment does not let its code be read.
 */
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

typedef int uname_fn(struct utsname *);
typedef int load_fn(struct bpf_object_skeleton *);

__attribute__((visibility("default"))) int uname(struct utsname *name)
{
	uname_fn *next = (uname_fn *)dlsym(RTLD_NEXT, "uname");

	if (!next || next(name))
		return -1;
	snprintf(name->release, sizeof(name->release), "6.1.25");
	return 0;
}

__attribute__((visibility("default"))) int
bpf_object__load_skeleton(struct bpf_object_skeleton *skeleton)
{
	load_fn *next = (load_fn *)dlsym(RTLD_NEXT, "bpf_object__load_skeleton");

	if (next && (!getenv("UNREADABLE") || strcmp(skeleton->name, "kernel_text_bpf")))
		return next(skeleton);
	errno = EPERM;
	return -EPERM;
}
