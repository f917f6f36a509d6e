// SPDX-License-Identifier: BSD-2-Clause
/* denial.c - see denial.h. */
#include "profiler/source/denial.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profiler/guard/confine.h"
#include "profiler/sysctl.h"

#define SYS	     "/proc/sys/"
#define PARANOID     "kernel/perf_event_paranoid"
#define BPF_DISABLED "kernel/unprivileged_bpf_disabled"
#define TOO_LARGE    (1u << 20) /* more than a page, which is the most for attributes of bpf() */
#define UNKNOWN_FLAG (1UL << 31)

#ifndef CAP_BPF
#define CAP_BPF 39
#endif

/* A kernel with the call has the file SYSCTL: then ENOSYS is a filter's. */
static bool is_filtered(int error, int answer, const char *sysctl)
{
	if (error == answer)
		return false;
	return error == EPERM || error == EACCES || !access(sysctl, F_OK);
}

/* Kernels before 5.19 look whether the caller may, and only then at what he asks. */
enum denial denial_of_bpf(void)
{
	int error = syscall(SYS_bpf, BPF_MAP_CREATE, NULL, TOO_LARGE) < 0 ? errno : 0;
	bool may = confine_permitted(NULL) >> CAP_BPF & 1;

	if ((error == EPERM || error == EACCES) && !may)
		return DENIAL_CAPABILITY;
	return is_filtered(error, E2BIG, SYS BPF_DISABLED) ? DENIAL_SECCOMP
	       : may					   ? DENIAL_MODULE
							   : DENIAL_CAPABILITY;
}

/* An event that counts nothing, of this process's own code: what any user may have. */
static bool has_any_event(void)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.disabled = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The flags are the first that a kernel looks at. */
enum denial denial_of_perf(void)
{
	int error = syscall(SYS_perf_event_open, NULL, 0, -1, -1, UNKNOWN_FLAG) < 0 ? errno : 0;

	if (is_filtered(error, EINVAL, SYS PARANOID))
		return DENIAL_SECCOMP;
	if (error == ENOSYS || has_any_event())
		return DENIAL_CAPABILITY;
	return sysctl_read(PARANOID, 2) > 2 ? DENIAL_PARANOID : DENIAL_MODULE;
}

const char *denial_text(enum denial denial, const char *call, char *text, size_t size)
{
	switch (denial) {
	case DENIAL_CAPABILITY:
		return NULL;
	case DENIAL_SECCOMP:
		snprintf(
			text, size,
			"a seccomp filter, as containers have, forbids %s: " DENIAL_CONTAINER_REMEDY
			", or --security-opt seccomp=unconfined",
			call);
		break;
	case DENIAL_PARANOID:
		snprintf(text, size,
			 "kernel.perf_event_paranoid is %ld, which leaves all perf events to root "
			 "and "
			 "CAP_SYS_ADMIN: try sudo, or sysctl kernel.perf_event_paranoid=2",
			 sysctl_read(PARANOID, 0));
		break;
	case DENIAL_MODULE:
		snprintf(text, size,
			 "a security module, as SELinux and AppArmor are, forbids %s: its log says "
			 "by which rule (dmesg, ausearch -m avc)",
			 call);
		break;
	}
	return text;
}
