// SPDX-License-Identifier: BSD-2-Clause
/* confine.c - see confine.h. */
#include "profiler/guard/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profiler/guard/syscall_filter.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

#define BIT(capability) (1ULL << (capability))

/* They show /proc/PID/maps, what is mapped there, and files in private directories. */
#define READS_PROCESSES                                                                            \
	(BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_CHECKPOINT_RESTORE) |            \
	 BIT(CAP_SYSLOG))

static const uint64_t kept[] = {
	/* Maps for unwind tables are made as they are needed, by a thread that is in a hurry. */
	[CONFINE_SAMPLING] = READS_PROCESSES | BIT(CAP_BPF) | BIT(CAP_SYS_NICE),
	[CONFINE_PROCESSES] = READS_PROCESSES,
	[CONFINE_FILES] = 0,
	[CONFINE_WRITER] = 0,
	[CONFINE_OPENER] = READS_PROCESSES,
	[CONFINE_ZYGOTE] = 0,
	[CONFINE_FETCHER] = 0,
};

/* Root reads and writes what it names; others have no more right to a file by wick than without. */
static const uint64_t kept_by_root[] = {
	[CONFINE_FILES] = BIT(CAP_DAC_READ_SEARCH),
	/* Outputs may be anywhere, and belong to whom sudo came from. */
	[CONFINE_WRITER] =
		BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_CHOWN) | BIT(CAP_FOWNER),
	[CONFINE_FETCHER] = 0,
};

/* CAP_SYS_ADMIN is these, too: it was before they were there. */
#define IN_SYS_ADMIN (BIT(CAP_BPF) | BIT(CAP_PERFMON) | BIT(CAP_CHECKPOINT_RESTORE))

uint64_t confine_kept(enum confine_role role, uint64_t permitted, bool is_root)
{
	bool reads_processes = kept[role] & BIT(CAP_SYS_PTRACE);
	uint64_t keep = kept[role] | (is_root ? kept_by_root[role] : 0);

	if (keep & IN_SYS_ADMIN & ~permitted)
		keep |= BIT(CAP_SYS_ADMIN);
	/* The kernel shows a process to one who lacks none of its capabilities, and root's have some. */
	if (reads_processes && is_root && !(permitted & BIT(CAP_SYS_PTRACE)))
		keep = permitted;
	return keep & permitted;
}

struct capabilities {
	uint64_t effective, permitted, inheritable;
};

static int get_capabilities(struct capabilities *out)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	*out = (struct capabilities){ 0 };
	if (syscall(SYS_capget, &header, data))
		return -errno;
	out->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	out->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	out->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

static int set_capabilities(const struct capabilities *set)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(set->effective >> 32 * i),
			.permitted = (uint32_t)(set->permitted >> 32 * i),
			.inheritable = (uint32_t)(set->inheritable >> 32 * i),
		};
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/*
 * Close the ways by which a later execve() could give something back.  Those without
 * CAP_SETPCAP cannot empty the bounding set; no_new_privs makes up for it.
 */
static void close_ways_back(uint64_t keep)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
		if (!(keep & BIT(capability)))
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	}
	prctl(PR_SET_SECUREBITS,
	      SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
		      SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
		      SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
	      0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static int drop_capabilities(enum confine_role role, bool foreign_command)
{
	struct capabilities now;
	int err = get_capabilities(&now);
	uint64_t keep;

	if (err)
		return err;
	keep = confine_kept(role, now.permitted, !getuid());
	if (foreign_command)
		keep |= now.permitted & BIT(CAP_KILL);
	close_ways_back(keep);
	return set_capabilities(&(struct capabilities){ .effective = keep, .permitted = keep });
}

int confine_to_caller(void)
{
	struct capabilities now;
	int err = getuid() ? get_capabilities(&now) : 0;

	if (err || !getuid())
		return err;
	for (int capability = 0; capability < 64; capability++) {
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) != 1)
			now.effective &= ~BIT(capability);
	}
	return set_capabilities(&now);
}

static const enum syscall_policy policies[] = {
	[CONFINE_SAMPLING] = SYSCALLS_OF_READER, [CONFINE_PROCESSES] = SYSCALLS_OF_READER,
	[CONFINE_FILES] = SYSCALLS_OF_READER,	 [CONFINE_WRITER] = SYSCALLS_OF_WRITER,
	[CONFINE_OPENER] = SYSCALLS_OF_OPENER,	 [CONFINE_ZYGOTE] = SYSCALLS_OF_ZYGOTE,
	[CONFINE_FETCHER] = SYSCALLS_OF_FETCHER,
};

int confine(enum confine_role role, const pid_t *pids, size_t cnt, bool foreign_command)
{
	int err = drop_capabilities(role, foreign_command);

	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	if (err || !syscall_filter_available())
		return err;
	return syscall_filter_install(policies[role], pids, cnt);
}

uint64_t confine_permitted(bool *stand_in)
{
	struct capabilities now;
	uint64_t missing;

	if (get_capabilities(&now))
		now.permitted = 0;
	missing = now.permitted & BIT(CAP_SYS_ADMIN) ? IN_SYS_ADMIN & ~now.permitted : 0;
	if (stand_in)
		*stand_in = missing;
	return now.permitted | missing;
}

static const struct confine_need needs[] = {
	{ CAP_BPF, "cap_bpf", "no sampling by BPF" },
	{ CAP_PERFMON, "cap_perfmon", "no sampling of other users' processes, nor of the kernel" },
	{ CAP_SYS_PTRACE, "cap_sys_ptrace", "other users' processes have no names" },
	{ CAP_SYSLOG, "cap_syslog", "no kernel names where kernel.kptr_restrict is 1" },
	{ CAP_DAC_READ_SEARCH, "cap_dac_read_search",
	  "files in other users' private directories have no names" },
	{ CAP_CHECKPOINT_RESTORE, "cap_checkpoint_restore", "deleted files have no names" },
};

const struct confine_need *confine_needs(size_t *cnt)
{
	*cnt = sizeof(needs) / sizeof(needs[0]);
	return needs;
}
