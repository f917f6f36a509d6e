/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inject.h - what a process may call: each system call is made in its name, and seen is whether
 * its seccomp filters let it through.  None is carried out.
 *
 * How: before it installs filters of its own the process installs one that knows a number
 * nobody passes as sixth argument, and then has its tracer asked.  Denying goes before asking:
 * the tracer is asked of what every other filter allows, and has the kernel pass it over.
 * The instruction is put where the program began, which no thread comes to any more.
 *
 * Errors:    0 or a negative errno.
 * Threads:   the thread that begins with another's does all the rest, too.
 */
#ifndef TESTS_SYSCALLS_INJECT_H
#define TESTS_SYSCALLS_INJECT_H

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define INJECT_MARK 0x7e57ca11u
#define INJECT_ARGS 5 /* the sixth is the mark */

enum inject_abi { INJECT_X86_64, INJECT_I386 };

enum inject_verdict {
	INJECT_ALLOWED = '+',
	INJECT_DENIED = '-', /* EPERM */
	INJECT_ABSENT = '0', /* ENOSYS */
	INJECT_NO_ABI = 'n', /* this kernel has no such instruction */
	INJECT_ODD = '!',    /* none of these */
};

struct inject {
	pid_t pid, tid;
	pid_t signalled;     /* whom it may send signals; 0: nobody */
	unsigned long entry; /* where the instruction is put */
	long code;	     /* that was there */
	struct user_regs_struct regs;
};

/* This process can be looked at from here on.  It is root, or has no_new_privs. */
static inline int inject_watch(void)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, INJECT_MARK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(insns) / sizeof(insns[0]), insns };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) ? -errno : 0;
}

static inline unsigned long inject_entry(pid_t tid)
{
	char path[64];
	Elf64_auxv_t aux = { 0 };
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/auxv", tid);
	f = fopen(path, "re");
	while (f && fread(&aux, sizeof(aux), 1, f) == 1 && aux.a_type != AT_ENTRY)
		;
	if (f)
		fclose(f);
	return aux.a_type == AT_ENTRY ? aux.a_un.a_val : 0;
}

static inline int inject_begin(pid_t pid, pid_t tid, struct inject *out)
{
	int status;

	*out = (struct inject){ .pid = pid, .tid = tid, .entry = inject_entry(tid) };
	if (!out->entry)
		return -ESRCH;
	if (ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACESECCOMP) ||
	    ptrace(PTRACE_INTERRUPT, tid, 0, 0) || waitpid(tid, &status, __WALL) != tid ||
	    ptrace(PTRACE_GETREGS, tid, 0, &out->regs))
		return -errno;
	errno = 0;
	out->code = ptrace(PTRACE_PEEKTEXT, tid, out->entry, 0);
	return -errno;
}

/* The thread goes on where it was. */
static inline int inject_end(struct inject *in)
{
	if (ptrace(PTRACE_POKETEXT, in->tid, in->entry, in->code) ||
	    ptrace(PTRACE_SETREGS, in->tid, 0, &in->regs) || ptrace(PTRACE_DETACH, in->tid, 0, 0))
		return -errno;
	return 0;
}

/* Go on to the next stop that says something: the tracer is asked, or the call is over. */
static inline int inject_step(const struct inject *in, int *status)
{
	do {
		if (ptrace(PTRACE_CONT, in->tid, 0, 0) ||
		    waitpid(in->tid, status, __WALL) != in->tid)
			return -errno;
		if (!WIFSTOPPED(*status))
			return -ESRCH;
	} while (WSTOPSIG(*status) != SIGTRAP && WSTOPSIG(*status) != SIGSEGV);
	return 0;
}

static inline enum inject_verdict inject_answer(const struct inject *in, int status)
{
	struct user_regs_struct regs;

	if (WSTOPSIG(status) == SIGSEGV)
		return INJECT_NO_ABI;
	if (ptrace(PTRACE_GETREGS, in->tid, 0, &regs))
		return INJECT_ODD;
	if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
		regs.orig_rax = (unsigned long)-1; /* passed over */
		if (ptrace(PTRACE_SETREGS, in->tid, 0, &regs) || inject_step(in, &status))
			return INJECT_ODD;
		return INJECT_ALLOWED;
	}
	return (int)regs.rax == -EPERM	  ? INJECT_DENIED
	       : (int)regs.rax == -ENOSYS ? INJECT_ABSENT
					  : INJECT_ODD;
}

/* Behind the instruction is one that stops. */
static inline enum inject_verdict inject_call(const struct inject *in, enum inject_abi abi,
					      uint32_t nr, const uint64_t *args)
{
	long code = abi == INJECT_I386 ? 0xcc80cd : 0xcc050f;
	struct user_regs_struct regs = in->regs;
	int status;

	regs.rip = in->entry;
	regs.rax = nr;
	regs.orig_rax = (unsigned long)-1;
	if (abi == INJECT_I386) {
		regs.rbx = args[0];
		regs.rcx = args[1];
		regs.rdx = args[2];
		regs.rsi = args[3];
		regs.rdi = args[4];
		regs.rbp = INJECT_MARK;
	} else {
		regs.rdi = args[0];
		regs.rsi = args[1];
		regs.rdx = args[2];
		regs.r10 = args[3];
		regs.r8 = args[4];
		regs.r9 = INJECT_MARK;
	}
	if (ptrace(PTRACE_POKETEXT, in->tid, in->entry, code) ||
	    ptrace(PTRACE_SETREGS, in->tid, 0, &regs) || inject_step(in, &status))
		return INJECT_ODD;
	return inject_answer(in, status);
}

#endif /* TESTS_SYSCALLS_INJECT_H */
