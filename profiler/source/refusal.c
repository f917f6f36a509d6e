// SPDX-License-Identifier: BSD-2-Clause
/* refusal.c - see refusal.h. */
#include "profiler/source/refusal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/log.h"
#include "profiler/source/denial.h"
#include "profiler/source/lockup.h"

int refusal_set(struct refusal *out, enum source_why why, int err, const char *fmt, ...)
{
	va_list args;

	refusal_fini(out);
	out->why = why;
	out->err = err;
	if (!fmt)
		return err;
	va_start(args, fmt);
	if (vasprintf(&out->text, fmt, args) < 0)
		out->text = NULL;
	va_end(args);
	return err;
}

void refusal_add_libbpf(struct refusal *refusal)
{
	free(refusal->detail);
	refusal->detail = strdup(log_libbpf_output());
}

void refusal_fini(struct refusal *refusal)
{
	free(refusal->text);
	free(refusal->detail);
	*refusal = (struct refusal){ 0 };
}

bool refusal_log(const struct refusal *refusal)
{
	if (!refusal->text)
		return false;
	if (refusal->detail)
		log_error("%s\n%s", refusal->text, refusal->detail);
	else
		log_error("%s", refusal->text);
	return true;
}

#define TRACEFS_REMEDY                                                                             \
	"mount -t tracefs tracefs /sys/kernel/tracing; docker, podman: "                           \
	"-v /sys/kernel/tracing:/sys/kernel/tracing:ro; without root also CAP_DAC_READ_SEARCH"

const struct source_why_words *source_why_words(enum source_why why)
{
	static const struct source_why_words words[SOURCE_WHY_CNT] = {
		[SOURCE_NO_BPF] = { "no_bpf", "the kernel has no BPF",
				    "this kernel has no BPF (CONFIG_BPF_SYSCALL)" },
		[SOURCE_NO_PRIVILEGE] = { "no_privilege", "BPF needs more privileges",
					  "no BPF without root, or CAP_BPF and CAP_PERFMON (-v "
					  "says "
					  "more)" },
		[SOURCE_NO_TABLES] = { "no_tables", "the kernel's BPF cannot walk by unwind tables",
				       "this kernel's BPF cannot walk stacks by unwind tables (it "
				       "needs /sys/kernel/btf/vmlinux and Linux 5.15, and no "
				       "lockdown=confidentiality)" },
		[SOURCE_SECCOMP] = { "seccomp", "a seccomp filter forbids bpf",
				     "a seccomp filter, as containers have, forbids bpf "
				     "(" DENIAL_CONTAINER_REMEDY ")" },
		[SOURCE_NO_TRACEFS] = { "no_tracefs", "BPF follows processes by tracefs",
					"no tracefs, by which BPF follows processes "
					"(" TRACEFS_REMEDY ")" },
		[SOURCE_UNSAFE_KERNEL] = { "unsafe_kernel",
					   "walking stacks by BPF can lock up this kernel",
					   "walking stacks by BPF can lock up this kernel, whose "
					   "copy_from_user_nofault() lacks its fix (" LOCKUP_REMEDY
					   ")" },
		[SOURCE_NO_MEMORY] = { "no_memory", "the kernel had no memory for BPF maps",
				       "the kernel had no memory for BPF maps (the memory limit of "
				       "this container or cgroup: 32 MiB more)" },
	};

	return &words[why];
}

enum source_why refusal_why(int err)
{
	if (err == -ENOMEM)
		return SOURCE_NO_MEMORY;
	if (err != -ENOSYS && err != -EPERM && err != -EACCES)
		return SOURCE_BEST;
	if (denial_of_bpf() == DENIAL_SECCOMP)
		return SOURCE_SECCOMP;
	return err == -ENOSYS ? SOURCE_NO_BPF : SOURCE_NO_PRIVILEGE;
}
