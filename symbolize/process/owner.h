/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * owner.h - whose a process is, and so what it runs: a user id.
 *
 * Source:    the owner of /proc/PID, which is the process's effective user.  A process that forbids
 *            others to look into it, as anybody may, has root there: then /proc/PID/status says it.
 * Units:     user ids as this process's user namespace has them.
 */
#ifndef SYMBOLIZE_PROCESS_OWNER_H
#define SYMBOLIZE_PROCESS_OWNER_H

#include <stdint.h>
#include <sys/types.h>

#define OWNER_NONE    ((uint32_t)-1) /* nobody's, or the process has ended; no user has this id */
#define OWNER_SEVERAL ((uint32_t)-2) /* what processes of more than one user have */

/* The user of process PID; OWNER_NONE: it has ended. */
uint32_t owner_of(pid_t pid);

/* Whose what belongs to A and to B is. */
static inline uint32_t owner_join(uint32_t a, uint32_t b)
{
	if (a == b || b == OWNER_NONE)
		return a;
	return a == OWNER_NONE ? b : OWNER_SEVERAL;
}

#endif /* SYMBOLIZE_PROCESS_OWNER_H */
