// SPDX-License-Identifier: BSD-2-Clause
/* syscall_filter.c - see syscall_filter.h.  x86-64, as all of wick. */
#include "profiler/guard/syscall_filter.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/perf_event.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILTER_MAX  1024       /* instructions; BPF_MAXINSNS is 4096 */
#define X32_BIT	    0x40000000 /* calls of the x32 ABI have it in their number */
#define TCGETS2_    0x802c542a /* isatty() of newer C libraries */
#define PR_SET_VMA_ 0x53564d41 /* the C library names its memory */
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)
#define NAMESPACES                                                                                 \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
	 CLONE_NEWCGROUP)

/* What a reader may always call; the calls that are made most often come first. */
static const uint16_t reader_calls[] = {
	SYS_read,
	SYS_pread64,
	SYS_poll,
	SYS_futex,
	SYS_close,
	SYS_fstat,
	SYS_newfstatat,
	SYS_munmap,
	SYS_madvise,
	SYS_brk,
	SYS_mremap,
	SYS_lseek,
	SYS_readlink,
	SYS_readlinkat,
	SYS_epoll_wait,
	SYS_epoll_pwait,
	SYS_epoll_ctl,
	SYS_write,
	SYS_clock_gettime,
	SYS_gettid,
	SYS_getpid,
	SYS_membarrier,
	SYS_wait4,
	SYS_waitid,
	/* They use files that are open, and see what there is. */
	SYS_readv,
	SYS_writev,
	SYS_preadv,
	SYS_stat,
	SYS_lstat,
	SYS_statx,
	SYS_access,
	SYS_faccessat,
	SYS_faccessat2,
	SYS_statfs,
	SYS_fstatfs,
	SYS_getdents,
	SYS_getdents64,
	SYS_fadvise64,
	SYS_ftruncate,
	SYS_fsync,
	SYS_dup,
	SYS_dup2,
	SYS_dup3,
	SYS_pipe,
	SYS_pipe2,
	SYS_memfd_create,
	SYS_getcwd,
	SYS_umask,
	/* They use sockets that are open: there is no way to another one. */
	SYS_sendmsg,
	SYS_sendto,
	SYS_recvmsg,
	SYS_recvfrom,
	SYS_shutdown,
	/* They are about threads, time and the process itself. */
	SYS_set_robust_list,
	SYS_rseq,
	SYS_set_tid_address,
	SYS_exit,
	SYS_exit_group,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_rt_sigtimedwait,
	SYS_sigaltstack,
	SYS_restart_syscall,
	SYS_sched_yield,
	SYS_sched_getaffinity,
	SYS_getcpu,
	SYS_arch_prctl,
	SYS_nanosleep,
	SYS_clock_nanosleep,
	SYS_clock_getres,
	SYS_gettimeofday,
	SYS_time,
	SYS_times,
	SYS_getrusage,
	SYS_getrandom,
	SYS_sysinfo,
	SYS_uname,
	SYS_getppid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_getrlimit,
	SYS_capget,
	SYS_ppoll,
	SYS_select,
	SYS_pselect6,
	SYS_epoll_create1,
	SYS_eventfd2,
	SYS_signalfd4,
	SYS_getpriority,
	SYS_sched_getscheduler,
	SYS_sched_getparam,
	SYS_mincore,
#ifdef __SANITIZE_ADDRESS__ /* looks for leaks at the exit from a process that traces this one */
	SYS_clone,
	SYS_ptrace,
	SYS_kill,
	SYS_tgkill,
	SYS_prctl,
	SYS_mmap,
	SYS_mprotect,
	SYS_sched_setaffinity,
	SYS_setrlimit,
#endif
};

enum condition {
	ONE_OF,	  /* the argument is one of values[] */
	BITS_ARE, /* (argument & values[0]) == values[1] */
	BITS_DIFFER,
};

#define VALUES_MAX 14

/*
 * The kernel takes each argument that is looked at for an int, or for flags in the low word.
 * Rules of one call that follow each other must all hold.
 */
struct rule {
	uint16_t call;
	uint8_t arg, condition;
	uint8_t cnt; /* of values, for ONE_OF */
	uint32_t values[VALUES_MAX];
};

#define RULE(call, arg, condition, cnt, ...)                                                       \
	{                                                                                          \
		call, arg, condition, cnt,                                                         \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

/* Rules that several processes have.  Files are opened to be read. */
#define READ_MASK (O_ACCMODE | O_CREAT | O_TRUNC | TMPFILE_BIT)
#define OPENS_FOR_READING                                                                          \
	RULE(SYS_openat, 2, BITS_ARE, 0, READ_MASK, O_RDONLY),                                     \
		RULE(SYS_open, 1, BITS_ARE, 0, READ_MASK, O_RDONLY)

/* Memory is code or can be written; or there is no new code at all. */
#define WRITTEN_CODE (PROT_WRITE | PROT_EXEC)
#define CODE_IS_CONSTANT                                                                           \
	RULE(SYS_mmap, 2, BITS_DIFFER, 0, WRITTEN_CODE, WRITTEN_CODE),                             \
		RULE(SYS_mprotect, 2, BITS_DIFFER, 0, WRITTEN_CODE, WRITTEN_CODE)
#define NO_CODE                                                                                    \
	RULE(SYS_mmap, 2, BITS_ARE, 0, PROT_EXEC, 0),                                              \
		RULE(SYS_mprotect, 2, BITS_ARE, 0, PROT_EXEC, 0)

#define STARTS_THREADS RULE(SYS_clone, 0, BITS_ARE, 0, CLONE_THREAD | NAMESPACES, CLONE_THREAD)
#define NAMES_ITSELF   RULE(SYS_prctl, 0, ONE_OF, 2, PR_SET_NAME, PR_SET_VMA_)

/* There is no F_SETOWN, which sends signals. */
#define USES_FDS                                                                                   \
	RULE(SYS_fcntl, 1, ONE_OF, 6, F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC)

static const struct rule reader_rules[] = {
	{ SYS_bpf,
	  0,
	  ONE_OF,
	  10,
	  { BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY,
	    BPF_MAP_CREATE, BPF_PROG_TEST_RUN, BPF_OBJ_GET_INFO_BY_FD,
	    BPF_MAP_LOOKUP_AND_DELETE_ELEM, BPF_MAP_LOOKUP_BATCH,
	    BPF_MAP_LOOKUP_AND_DELETE_BATCH } },
	OPENS_FOR_READING,
	CODE_IS_CONSTANT,
	STARTS_THREADS,
	USES_FDS,
	/* There is no TIOCSTI, which types into a terminal. */
	{ SYS_ioctl,
	  1,
	  ONE_OF,
	  9,
	  { TCGETS, TCGETS2_, TIOCGWINSZ, FIONREAD, (uint32_t)FS_IOC_GETVERSION,
	    PERF_EVENT_IOC_ENABLE, PERF_EVENT_IOC_DISABLE, (uint32_t)PERF_EVENT_IOC_PERIOD,
	    PERF_EVENT_IOC_RESET } },
	{ SYS_prctl, 0, ONE_OF, 4, { PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA_ } },
	/* Their 0 is the calling thread, and no other task's priority is ours to change. */
	{ SYS_sched_setscheduler, 0, ONE_OF, 1, { 0 } },
	{ SYS_setpriority, 0, ONE_OF, 1, { PRIO_PROCESS } },
	{ SYS_setpriority, 1, ONE_OF, 1, { 0 } },
};

/*
 * The writer's: it makes a file that was not there, or opens a pipe or a device, hands the
 * fd over, and renames or removes the file.  It reads and writes no file itself.
 */
static const uint16_t writer_calls[] = {
	SYS_recvfrom,	     SYS_sendmsg,  SYS_close,	       SYS_newfstatat,
	SYS_fstat,	     SYS_statx,	   SYS_fstatfs,	       SYS_readlinkat,
	SYS_renameat,	     SYS_unlinkat, SYS_umask,	       SYS_fchmod,
	SYS_fchown,	     SYS_geteuid,  SYS_getppid,	       SYS_getrandom,
	SYS_clock_gettime,   SYS_brk,	   SYS_munmap,	       SYS_mremap,
	SYS_madvise,	     SYS_futex,	   SYS_rt_sigprocmask, SYS_rt_sigreturn,
	SYS_restart_syscall, SYS_exit,	   SYS_exit_group,     SYS_poll,
#ifdef __SANITIZE_ADDRESS__ /* looks at its memory, and says what it found */
	SYS_write,	     SYS_getpid,   SYS_gettid,	       SYS_mprotect,
	SYS_sigaltstack,
#endif
};

#define NEW_FILE	 (O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
#define FOLDER		 (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define AS_IT_IS	 (O_WRONLY | O_CLOEXEC | O_NOCTTY)
#define LARGE		 0100000 /* O_LARGEFILE, which some C libraries add */
#define LARGE_TOO(flags) (flags), (flags) | LARGE

static const struct rule writer_rules[] = {
	{ SYS_openat,
	  2,
	  ONE_OF,
	  14,
	  { LARGE_TOO(NEW_FILE), LARGE_TOO(FOLDER), LARGE_TOO(FOLDER | O_NOFOLLOW),
	    LARGE_TOO(AS_IT_IS), LARGE_TOO(AS_IT_IS | O_NONBLOCK), LARGE_TOO(AS_IT_IS | O_NOFOLLOW),
	    LARGE_TOO(AS_IT_IS | O_NOFOLLOW | O_NONBLOCK) } },
	{ SYS_mmap, 2, BITS_ARE, 0, { PROT_EXEC, 0 } },
	{ SYS_prctl, 0, ONE_OF, 2, { PR_SET_PDEATHSIG, PR_SET_VMA_ } },
};

/*
 * A parser's: it reads files that are open, has memory and threads, and talks to the asker by
 * the socket that it has.  It can open nothing, whatever the path.
 */
#ifdef __SANITIZE_ADDRESS__ /* looks at its memory, and says what it found */
#define PARSER_CALLS_OF_SANITIZER SYS_write, SYS_sigaltstack, SYS_getpid,
#else
#define PARSER_CALLS_OF_SANITIZER
#endif
#define PARSER_CALLS                                                                               \
	PARSER_CALLS_OF_SANITIZER SYS_poll, SYS_pread64, SYS_recvmsg, SYS_sendmsg, SYS_futex,      \
		SYS_read, SYS_lseek, SYS_fstat, SYS_close, SYS_brk, SYS_munmap, SYS_mremap,        \
		SYS_madvise, SYS_clock_gettime, SYS_clock_nanosleep, SYS_gettid, SYS_sched_yield,  \
		SYS_sched_getaffinity, SYS_set_robust_list, SYS_rseq, SYS_rt_sigprocmask,          \
		SYS_rt_sigaction, SYS_rt_sigreturn, SYS_restart_syscall, SYS_getrandom, SYS_exit,  \
		SYS_exit_group

/* The opener's: it opens files for reading, looks what they are, and closes them. */
static const uint16_t opener_calls[] = { SYS_stat,    SYS_lstat,    SYS_statx,	    SYS_statfs,
					 SYS_fstatfs, SYS_readlink, SYS_readlinkat, PARSER_CALLS };

static const struct rule opener_rules[] = {
	OPENS_FOR_READING,
	{ SYS_ioctl, 1, ONE_OF, 1, { (uint32_t)FS_IOC_GETVERSION } },
	STARTS_THREADS,
	NAMES_ITSELF,
	NO_CODE,
	{ SYS_newfstatat, 3, ONE_OF, 3, { 0, AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW } },
};

/*
 * The zygote's: it forks, kills and waits for what it forked, which is confined further.  Whom it
 * may kill is not known here; it has no capability, and reads nothing but what the asker says.
 */
static const uint16_t zygote_calls[] = { SYS_socketpair, SYS_kill,    SYS_wait4,   SYS_getpid,
					 SYS_getppid,	 SYS_seccomp, PARSER_CALLS };

static const struct rule zygote_rules[] = {
	{ SYS_clone, 0, BITS_ARE, 0, { NAMESPACES, 0 } },
	{ SYS_prctl, 0, ONE_OF, 3, { PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_VMA_ } },
	NO_CODE,
	{ SYS_newfstatat, 3, ONE_OF, 1, { AT_EMPTY_PATH } },
};

static const uint16_t parser_calls[] = { PARSER_CALLS };

static const struct rule parser_rules[] = {
	STARTS_THREADS,
	NAMES_ITSELF,
	NO_CODE,
	{ SYS_newfstatat, 3, ONE_OF, 1, { AT_EMPTY_PATH } }, /* fstat(), of some C libraries */
};

/*
 * The fetcher's: it asks servers, loads libraries, and has files, all with the rights of its user.
 * It starts threads, which look up names, but no process, and reaches none.
 */
static const uint16_t fetcher_calls[] = {
	/* Servers. */
	SYS_connect, SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_sendto,
	SYS_sendmsg, SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_shutdown,
	SYS_socketpair, SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6, SYS_epoll_create1,
	SYS_epoll_ctl, SYS_epoll_wait, SYS_epoll_pwait, SYS_eventfd2, SYS_pipe, SYS_pipe2,
	/* Files. */
	SYS_open, SYS_openat, SYS_read, SYS_pread64, SYS_readv, SYS_write, SYS_pwrite64, SYS_writev,
	SYS_lseek, SYS_close, SYS_dup, SYS_dup2, SYS_dup3, SYS_fstat, SYS_newfstatat, SYS_stat,
	SYS_lstat, SYS_statx, SYS_fstatfs, SYS_statfs, SYS_access, SYS_faccessat, SYS_faccessat2,
	SYS_readlink, SYS_readlinkat, SYS_getcwd, SYS_chdir, SYS_fchdir, SYS_getdents,
	SYS_getdents64, SYS_fadvise64, SYS_mkdir, SYS_mkdirat, SYS_rename, SYS_renameat,
	SYS_renameat2, SYS_unlink, SYS_unlinkat, SYS_rmdir, SYS_ftruncate, SYS_fchmod, SYS_fsync,
	SYS_utimensat, SYS_umask,
	/* Memory, threads and the process itself. */
	SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex, SYS_set_robust_list, SYS_rseq,
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack,
	SYS_restart_syscall, SYS_sched_yield, SYS_sched_getaffinity, SYS_getcpu, SYS_nanosleep,
	SYS_clock_nanosleep, SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_time,
	SYS_times, SYS_getrusage, SYS_getrlimit, SYS_getrandom, SYS_sysinfo, SYS_uname, SYS_getpid,
	SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_exit,
	SYS_exit_group
};

static const struct rule fetcher_rules[] = {
	{ SYS_socket, 0, ONE_OF, 2, { AF_INET, AF_INET6 } },
	CODE_IS_CONSTANT,
	STARTS_THREADS,
	USES_FDS,
	{ SYS_ioctl, 1, ONE_OF, 4, { TCGETS, TCGETS2_, FIONREAD, FIONBIO } },
	NAMES_ITSELF,
};

#define CNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct policy {
	const uint16_t *calls;
	size_t call_cnt;
	const struct rule *rules;
	size_t rule_cnt;
} policies[] = {
	[SYSCALLS_OF_READER] = { reader_calls, CNT(reader_calls), reader_rules, CNT(reader_rules) },
	[SYSCALLS_OF_WRITER] = { writer_calls, CNT(writer_calls), writer_rules, CNT(writer_rules) },
	[SYSCALLS_OF_OPENER] = { opener_calls, CNT(opener_calls), opener_rules, CNT(opener_rules) },
	[SYSCALLS_OF_ZYGOTE] = { zygote_calls, CNT(zygote_calls), zygote_rules, CNT(zygote_rules) },
	[SYSCALLS_OF_PARSER] = { parser_calls, CNT(parser_calls), parser_rules, CNT(parser_rules) },
	[SYSCALLS_OF_FETCHER] = { fetcher_calls, CNT(fetcher_calls), fetcher_rules,
				  CNT(fetcher_rules) },
};

struct filter {
	struct sock_filter insns[FILTER_MAX];
	size_t cnt;
};

static void add(struct filter *f, struct sock_filter insn)
{
	if (f->cnt < FILTER_MAX)
		f->insns[f->cnt] = insn;
	f->cnt++; /* syscall_filter_install() sees that it is too many */
}

static void add_return(struct filter *f, uint32_t action)
{
	add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void add_load(struct filter *f, size_t off)
{
	add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)off));
}

/* Pass over SKIP instructions unless, or with add_if() if, the loaded word is VALUE. */
static void add_unless(struct filter *f, uint32_t value, uint8_t skip)
{
	add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip));
}

static void add_if(struct filter *f, uint32_t value, uint8_t skip)
{
	add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0));
}

#define DENIED (SECCOMP_RET_ERRNO | EPERM)
#define ABSENT (SECCOMP_RET_ERRNO | ENOSYS)

/*
 * x86-64 is little-endian: the low word of an argument is its first.  With MORE another rule of
 * the same call follows, which looks for the call's number again.
 */
static void add_rule(struct filter *f, const struct rule *rule, bool more)
{
	bool one_of = rule->condition == ONE_OF;
	size_t len = one_of ? (size_t)rule->cnt + 3 : 5;

	add_unless(f, rule->call, (uint8_t)len);
	add_load(f, offsetof(struct seccomp_data, args) + rule->arg * sizeof(uint64_t));
	for (size_t i = 0; one_of && i < rule->cnt; i++)
		add_if(f, rule->values[i], (uint8_t)(rule->cnt - i));
	if (!one_of) {
		add(f, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, rule->values[0]));
		if (rule->condition == BITS_ARE)
			add_if(f, rule->values[1], 1);
		else
			add_unless(f, rule->values[1], 1);
	}
	add_return(f, DENIED);
	if (more)
		add_load(f, offsetof(struct seccomp_data, nr));
	else
		add_return(f, SECCOMP_RET_ALLOW);
}

static void add_rules(struct filter *f, const struct rule *all, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++)
		add_rule(f, &all[i], i + 1 < cnt && all[i + 1].call == all[i].call);
}

static void add_own_rules(struct filter *f, const pid_t *signalled, size_t cnt)
{
	uint32_t self = (uint32_t)getpid();
	struct rule own[] = {
		{ SYS_tgkill, 0, ONE_OF, 1, { self } },
		{ SYS_prlimit64, 0, ONE_OF, 2, { 0, self } },
		{ SYS_kill, 0, ONE_OF, 0, { 0 } },
	};
	struct rule *kill_rule = &own[2];

	for (size_t i = 0; i < cnt && kill_rule->cnt < SIGNALLED_MAX; i++) {
		if (signalled[i] > 0)
			kill_rule->values[kill_rule->cnt++] = (uint32_t)signalled[i];
	}
	add_rules(f, own, sizeof(own) / sizeof(own[0]));
}

static void build(struct filter *f, enum syscall_policy which, const pid_t *signalled, size_t cnt)
{
	const struct policy *policy = &policies[which];

	f->cnt = 0;
	add_load(f, offsetof(struct seccomp_data, arch));
	add_if(f, AUDIT_ARCH_X86_64, 1);
	add_return(f, DENIED);
	add_load(f, offsetof(struct seccomp_data, nr));
	add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1));
	add_return(f, DENIED);
	for (size_t i = 0; i < policy->call_cnt; i++) {
		add_unless(f, policy->calls[i], 1);
		add_return(f, SECCOMP_RET_ALLOW);
	}
	add_rules(f, policy->rules, policy->rule_cnt);
	if (which == SYSCALLS_OF_READER || which == SYSCALLS_OF_FETCHER)
		add_own_rules(f, signalled, which == SYSCALLS_OF_READER ? cnt : 0);
	/* The flags of clone3() are behind a pointer; without it the C library calls clone(). */
	add_unless(f, SYS_clone3, 1);
	add_return(f, ABSENT);
	add_return(f, DENIED);
}

bool syscall_filter_available(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;

	return !syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

int syscall_filter_install(enum syscall_policy policy, const pid_t *signalled, size_t cnt)
{
	struct filter f;
	struct sock_fprog program = { .filter = f.insns };

	build(&f, policy, signalled, cnt);
	if (f.cnt > FILTER_MAX)
		return -E2BIG;
	program.len = (unsigned short)f.cnt;
	/* Without the flag kernels before 5.16 turn speculation off for us, and slow us down. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program))
		return -errno;
	return 0;
}
