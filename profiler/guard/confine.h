/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.h - what wick may still do once it looks at files that others wrote.
 *
 * A profiler starts as root, or with much of what root has, and then parses the ELF
 * files, debug information and perf maps of programs that it does not trust.  Before
 * the first of them it gives up whatever the rest of the run does not need: the
 * capabilities, the ways to gain new ones, and most system calls.
 *
 * Why not Landlock: a process in a Landlock domain may not look into /proc/PID of a
 * process outside of it, whatever its capabilities; and that is what wick does.  The
 * system-call filter says the same: files are opened for reading only.  What is
 * written, another process opens (writer.h).
 *
 * Errors:  0 or a negative errno; a kernel without seccomp is no error.
 * Threads: confine() binds the thread that calls it and those that it starts afterwards,
 *          so it is called before there is another.
 */
#ifndef PROFILER_GUARD_CONFINE_H
#define PROFILER_GUARD_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum confine_role {
	CONFINE_SAMPLING,  /* as `wick record` reads other processes and makes BPF maps */
	CONFINE_PROCESSES, /* reads other processes and their files */
	CONFINE_FILES,	   /* reads files that the user names */
	CONFINE_WRITER,	   /* opens what is written */
	CONFINE_OPENER,	   /* opens foreign files */
	CONFINE_ZYGOTE,	   /* forks what parses foreign files */
	CONFINE_FETCHER,   /* asks servers for debug files, without capability */
};

/*
 * Give up, for good, what ROLE does not need.  Signals can be sent to PIDS alone, of which zeros
 * are passed over; FOREIGN_COMMAND says that one of them may have become another user.
 */
int confine(enum confine_role role, const pid_t *pids, size_t cnt, bool foreign_command);

/*
 * What ROLE keeps of the capabilities PERMITTED, each a bit 1 << CAP_...: CAP_SYS_ADMIN as well
 * where it stands for one that is missing, and where a root (IS_ROOT) without CAP_SYS_PTRACE is
 * to read processes, everything.
 */
uint64_t confine_kept(enum confine_role role, uint64_t permitted, bool is_root);

/*
 * Suspend what is not the caller's own: the capabilities of wick's file, unless the caller is
 * root.  An execve() that follows finds and starts what he could start, with what he has.
 */
int confine_to_caller(void);

/*
 * The capabilities that this process has, and those that its CAP_SYS_ADMIN stands for.  *STAND_IN says
 * that it does for one of them; NULL is fine.
 */
uint64_t confine_permitted(bool *stand_in);

/* A capability that `wick record` can use. */
struct confine_need {
	int capability;
	const char *name;    /* as setcap(8) spells it */
	const char *without; /* what becomes of a recording */
};

const struct confine_need *confine_needs(size_t *cnt);

#endif /* PROFILER_GUARD_CONFINE_H */
