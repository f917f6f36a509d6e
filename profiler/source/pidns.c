// SPDX-License-Identifier: BSD-2-Clause
/* pidns.c - see pidns.h. */
#include "profiler/source/pidns.h"

#include <bpf/btf.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "profiler/log.h"
#include "profiler/source/refusal.h"

#define INITIAL_INO   0xEFFFFFFCu /* linux: include/linux/proc_ns.h, PROC_PID_INIT_INO */
#define KERNEL_MINORS 20	  /* bits of a minor number in the kernel's own dev_t */

/* The offset of MEMBER in STRUCT_NAME; -ENOENT: there is none.  "ns.inum" takes two calls. */
static int member_offset(const struct btf *btf, const char *struct_name, const char *member,
			 __u32 *off, __u32 *type)
{
	int id = btf__find_by_name_kind(btf, struct_name, BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;

	for (__u16 i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;

		if (strcmp(btf__name_by_offset(btf, m->name_off), member))
			continue;
		*off = btf_member_bit_offset(t, i) / 8;
		*type = m->type;
		return 0;
	}
	return -ENOENT;
}

static int find_offsets(const struct btf *btf, struct ids_offsets *off)
{
	const struct {
		const char *struct_name, *member;
		__u32 *off;
	} rows[] = {
		{ "task_struct", "group_leader", &off->task_leader },
		{ "task_struct", "thread_pid", &off->task_pid },
		{ "pid", "level", &off->pid_level },
		{ "pid", "numbers", &off->pid_numbers },
		{ "upid", "nr", &off->number_nr },
		{ "upid", "ns", &off->number_ns },
		{ "pid_namespace", "ns", &off->ns_ino },
	};
	__u32 type, inum;
	int id = btf__find_by_name_kind(btf, "upid", BTF_KIND_STRUCT), err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !err; i++)
		err = member_offset(btf, rows[i].struct_name, rows[i].member, rows[i].off, &type);
	if (!err)
		err = member_offset(btf, "ns_common", "inum", &inum, &type);
	if (err || id < 0)
		return -ENOENT;
	off->ns_ino += inum;
	off->number_size = (__u32)btf__resolve_size(btf, (__u32)id);
	return 0;
}

/* Without offsets, tasks in namespaces below ours have no names: that is no reason to give up. */
static void read_offsets(struct ids_offsets *off)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf || find_offsets(btf, off)) {
		*off = (struct ids_offsets){ 0 };
		log_warn("this kernel has no BTF: processes in containers below this pid namespace "
			 "stay unnamed");
	}
	btf__free(btf);
}

int pidns_check_proc(struct refusal *refusal)
{
	char target[32] = "";
	struct statfs fs;

	if (statfs("/proc", &fs) || fs.f_type != PROC_SUPER_MAGIC)
		return refusal_set(refusal, SOURCE_BEST, -ENOENT,
				   "/proc is not mounted, which says what processes have mapped "
				   "(mount -t proc proc /proc)");
	if (readlink("/proc/self", target, sizeof(target) - 1) < 0 || atoi(target) != getpid())
		return refusal_set(
			refusal, SOURCE_BEST, -EXDEV,
			"/proc belongs to another pid namespace than wick, so that its processes "
			"are not the ones that are sampled (unshare --mount-proc, or mount -t proc "
			"proc /proc)");
	return 0;
}

int pidns_read(struct refusal *refusal, struct ids_ns *out)
{
	struct stat st;
	int err = pidns_check_proc(refusal);

	*out = (struct ids_ns){ 0 };
	if (err)
		return err;
	if (stat("/proc/self/ns/pid", &st)) {
		err = -errno;
		return refusal_set(refusal, SOURCE_BEST, err, "cannot read /proc/self/ns/pid: %s",
				   strerror(-err));
	}
	if (st.st_ino == INITIAL_INO)
		return 0;
	out->dev = (__u64)major(st.st_dev) << KERNEL_MINORS | minor(st.st_dev);
	out->ino = st.st_ino;
	read_offsets(&out->off);
	return 0;
}
