// SPDX-License-Identifier: BSD-2-Clause
/* choose_source.c - see choose_source.h. */
#include "profiler/source/choose_source.h"
#include "profiler/source/bpf_source.h"
#include "profiler/source/perf_source.h"
#include "profiler/source/source.h"
#include "profiler/log.h"

#include <errno.h>
#include <string.h>

/*
 * Perf events; and if there are none, frame pointers where the kernel's BPF can no more: an
 * error if it was tables that were asked for.
 */
static int open_instead(const struct source_opts *opts, int bpf_err, struct sample_source **out)
{
	struct source_opts other = *opts;
	int err;

	other.tentative |= bpf_err == -ENOEXEC;
	err = perf_source_open(&other, out);
	if (err && bpf_err == -ENOEXEC) {
		other = *opts;
		if (opts->unwind == UNWIND_AUTO)
			other.unwind = UNWIND_BY_FP;
		other.tentative = false;
		err = bpf_source_open(&other, out);
	}
	return err;
}

int source_open_best(const struct source_opts *opts, struct sample_source **out)
{
	struct source_opts tentative = *opts;
	int bpf_err, err;

	tentative.tentative = true;
	bpf_err = bpf_source_open(&tentative, out);
	if (!source_is_refused(bpf_err) && bpf_err != -ENOEXEC)
		return bpf_err;
	if (log_error_said()) /* what was said is no matter of BPF */
		return bpf_err;
	err = open_instead(opts, bpf_err, out);
	if (!err)
		(*out)->why = bpf_err == -ENOEXEC  ? SOURCE_NO_TABLES
			      : bpf_err == -ENOSYS ? SOURCE_NO_BPF
						   : SOURCE_NO_PRIVILEGE;
	return err;
}

static void tell_why(const struct sample_source *source)
{
	static const char *const why[] = {
		[SOURCE_NO_BPF] = "this kernel has no BPF (CONFIG_BPF_SYSCALL)",
		[SOURCE_NO_PRIVILEGE] =
			"no BPF without root, or CAP_BPF and CAP_PERFMON (-v says more)",
		[SOURCE_NO_TABLES] =
			"this kernel's BPF cannot walk stacks by unwind tables (it needs "
			"/sys/kernel/btf/vmlinux and Linux 5.15)",
	};

	if (!source->scope)
		log_warn("%s: falling back to frame pointers", why[source->why]);
	else
		log_warn("%s: sampling %s by perf events; very deep stacks are cut",
			 why[source->why],
			 source->scope->user_only ? "user code only, not the kernel's,"
						  : "all code");
}

int source_open(const struct source_opts *opts, struct sample_source **out)
{
	int err = source_open_best(opts, out);

	if (err || (*out)->why == SOURCE_BEST)
		return err;
	if ((*out)->why != SOURCE_NO_TABLES && *log_libbpf_output())
		log_print(LOG_VERBOSE, "%s", log_libbpf_output());
	tell_why(*out);
	return 0;
}
