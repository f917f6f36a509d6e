/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * denial.h - who it is that denies bpf() or perf_event_open(), and what helps.  Their errno does not
 * say: EPERM is a missing capability, a container's filter or a sysctl, and ENOSYS may be a filter, too.
 *
 * Source:    calls that do nothing, which the kernel answers otherwise than a filter of system
 *            calls; kernel.perf_event_paranoid.
 * Errors:    none.
 * Threads:   any.
 */
#ifndef PROFILER_SOURCE_DENIAL_H
#define PROFILER_SOURCE_DENIAL_H

#include <stddef.h>

enum denial {
	DENIAL_CAPABILITY, /* of this user; also if nothing else can be found out */
	DENIAL_SECCOMP,	   /* a filter of system calls, as containers have */
	DENIAL_PARANOID,   /* kernel.perf_event_paranoid: no event of whatever kind */
	DENIAL_MODULE,	   /* a security module: no event of whatever kind */
};

enum denial denial_of_bpf(void);
enum denial denial_of_perf(void);

/* What helps against DENIAL of CALL; NULL: it is up to what was asked for, and of whom. */
const char *denial_text(enum denial denial, const char *call, char *text, size_t size);

/* A container's filter lets the two calls through with these capabilities. */
#define DENIAL_CONTAINER_REMEDY                                                                    \
	"docker, podman: --cap-add SYS_ADMIN --cap-add BPF --cap-add PERFMON"

#endif /* PROFILER_SOURCE_DENIAL_H */
