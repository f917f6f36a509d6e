/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lockup.h - kernels that a walk by unwind tables can lock up.
 *
 * From Linux 5.19 on CONFIG_HARDENED_USERCOPY has each copy from a process look for the vmalloc
 * area that it goes to, under a lock.  bpf_probe_read_user() does so in the tick's interrupt, and
 * waits for ever if that came while the same CPU held the lock.  The fix of
 * copy_from_user_nofault() (mainline d319f344561d) is in 6.1.36, 6.3.10 and 6.4, and in kernels of
 * distributions that have other numbers: so their code is looked at.
 *
 * Source:  the running kernel's code; else uname(2) and its configuration.
 * Errors:  none: what cannot be found out is taken for the worse.
 * Threads: any.
 */
#ifndef PROFILER_SOURCE_LOCKUP_H
#define PROFILER_SOURCE_LOCKUP_H

#include <stdbool.h>

struct kernel_text;
struct utsname;

enum lockup {
	LOCKUP_NONE,
	LOCKUP_USERCOPY, /* bpf_probe_read_user() in an interrupt may never return */
	LOCKUP_UNKNOWN,	 /* of the code alone: it is not as it is known to be */
};

/* What TEXT says: is copy_from_user_nofault() with its fix, or nothing that it calls takes the lock? */
enum lockup lockup_by_code(struct kernel_text *text);

/* What UTS says of a kernel that is HARDENED, has CONFIG_HARDENED_USERCOPY that is. */
enum lockup lockup_by_version(const struct utsname *uts, bool hardened);

/* Of the running kernel; BY_CODE says by which.  Some 0.25 ms before Linux 6.4, nothing from there on. */
enum lockup lockup_find(bool *by_code);

#define LOCKUP_REMEDY                                                                              \
	"6.1.36, 6.3.10 and 6.4 have the fix; hardened_usercopy=off at boot does without"

#endif /* PROFILER_SOURCE_LOCKUP_H */
