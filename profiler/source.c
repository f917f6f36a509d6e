// SPDX-License-Identifier: BSD-2-Clause
/* source.c - the best source of samples that this kernel and this user's privileges give. */
#include "profiler/source.h"
#include "profiler/log.h"

#include <errno.h>
#include <string.h>

bool source_is_refused(int err)
{
	return err == -EPERM || err == -EACCES || err == -ENOSYS;
}

int source_open(const struct source_opts *opts, struct sample_source **out)
{
	struct source_opts tentative = *opts;
	int bpf_err, err;

	tentative.tentative = true;
	bpf_err = bpf_source_open(&tentative, out);
	if (!source_is_refused(bpf_err) || log_error_said()) /* what was said is no matter of BPF */
		return bpf_err;
	err = perf_source_open(opts, out);
	if (err)
		return err;
	if (*log_libbpf_output())
		log_print(LOG_VERBOSE, "%s", log_libbpf_output());
	log_warn("%s: sampling %s by perf events; very deep stacks are cut",
		 bpf_err == -ENOSYS ? "this kernel has no BPF (CONFIG_BPF_SYSCALL)"
				    : "no BPF without root, or CAP_BPF and CAP_PERFMON (-v says more)",
		 (*out)->scope->user_only ? "user code only, not the kernel's," : "all code");
	return 0;
}
