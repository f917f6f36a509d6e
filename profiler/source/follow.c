// SPDX-License-Identifier: BSD-2-Clause
/* follow.c - see follow.h. */
#include "profiler/source/follow.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/ids.h"
#include "bpf/follow.skel.h"
#include "profiler/log.h"
#include "profiler/source/refusal.h"

#define FORMAT_SIZE 4096 /* a format file has some 600 bytes */

struct follow {
	struct follow_bpf *skel;
	struct bpf_link *links[3];
};

/* A directory fd of tracefs: where it is mounted, else a mount that only we see. */
static int open_tracefs(void)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	int fs, dir = -1, err = 0;
	struct stat st;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		dir = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* Not access(), which forgets the capabilities of those who are not root. */
		if (dir >= 0 && !fstatat(dir, "events/sched", &st, 0))
			return dir;
		if (dir >= 0)
			close(dir);
	}
	fs = fsopen("tracefs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		err = -errno;
	else if ((dir = fsmount(fs, FSMOUNT_CLOEXEC, 0)) < 0)
		err = -errno;
	close(fs);
	return err ? err : dir;
}

static int read_event_file(int tracefs, const char *event, const char *file, char *text)
{
	char path[128];
	ssize_t len;
	int fd, err = 0;

	snprintf(path, sizeof(path), "events/sched/%s/%s", event, file);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, text, FORMAT_SIZE - 1);
	if (len < 0)
		err = -errno;
	else
		text[len] = '\0';
	close(fd);
	return err;
}

/* "	field:pid_t child_pid;	offset:20;	size:4;	signed:1;" -> 20 */
static int field_offset(const char *format, const char *field, __u32 *off)
{
	const char *line = strstr(format, field);
	unsigned int size;

	if (!line || sscanf(line + strlen(field), "; offset:%u; size:%u;", off, &size) != 2 ||
	    size != 4)
		return -ENOTSUP;
	return 0;
}

static int read_offset(int tracefs, const char *event, const char *field, __u32 *off)
{
	char text[FORMAT_SIZE];
	int err = read_event_file(tracefs, event, "format", text);

	return err ? err : field_offset(text, field, off);
}

static int attach(int tracefs, const char *event, struct bpf_program *prog, struct bpf_link **link)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .type = PERF_TYPE_TRACEPOINT };
	char text[FORMAT_SIZE];
	int fd, err;

	err = read_event_file(tracefs, event, "id", text);
	if (err)
		return err;
	attr.config = strtoull(text, NULL, 10);
	attr.sample_period = 1;
	/* The program runs for every task; the event only stands for the tracepoint. */
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	*link = bpf_program__attach_perf_event(prog, fd);
	if (!*link) {
		err = -errno;
		close(fd);
	}
	return err; /* the link owns fd */
}

static int load(struct follow *follow, int tracefs, const struct follow_maps *maps,
		const struct ids_ns *ns)
{
	struct follow_bpf *skel = follow->skel = follow_bpf__open();
	struct bpf_program *prog;
	int err;

	if (!skel)
		return -errno;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_type(prog, BPF_PROG_TYPE_TRACEPOINT);
	err = read_offset(tracefs, "sched_process_fork", " child_pid",
			  (__u32 *)&skel->rodata->fork_child_pid_off);
	if (!err)
		err = read_offset(tracefs, "sched_process_exec", " old_pid",
				  (__u32 *)&skel->rodata->exec_old_pid_off);
	if (!err)
		err = bpf_map__reuse_fd(skel->maps.targets, maps->targets);
	if (!err)
		err = bpf_map__reuse_fd(skel->maps.seeds, maps->seeds);
	memcpy((void *)&skel->rodata->ids_ns, ns, sizeof(*ns));
	if (!err)
		err = follow_bpf__load(skel);
	if (!err)
		err = attach(tracefs, "sched_process_exit", skel->progs.on_exit, &follow->links[0]);
	if (!err)
		err = attach(tracefs, "sched_process_exec", skel->progs.on_exec, &follow->links[1]);
	if (!err)
		err = attach(tracefs, "sched_process_fork", skel->progs.on_fork, &follow->links[2]);
	return err;
}

static int refuse(struct refusal *out, bool has_tracefs, int err)
{
	if (!has_tracefs)
		return refusal_set(out, SOURCE_NO_TRACEFS, err,
				   "cannot follow child processes: %s: %s", strerror(-err),
				   source_why_words(SOURCE_NO_TRACEFS)->sentence);
	refusal_set(out, refusal_why(err), err, "cannot follow child processes: %s",
		    strerror(-err));
	refusal_add_libbpf(out);
	return err;
}

int follow_open(const struct follow_maps *maps, const struct ids_ns *ns, struct refusal *refusal,
		struct follow **out)
{
	struct follow *follow = calloc(1, sizeof(*follow));
	int tracefs = open_tracefs();
	int err = !follow ? -ENOMEM : tracefs < 0 ? tracefs : load(follow, tracefs, maps, ns);

	*out = NULL;
	if (tracefs >= 0)
		close(tracefs);
	if (err) {
		follow_close(follow);
		return refuse(refusal, tracefs >= 0, err);
	}
	*out = follow;
	return 0;
}

uint64_t follow_lost(const struct follow *follow)
{
	return follow->skel->bss->not_followed;
}

void follow_close(struct follow *follow)
{
	if (!follow)
		return;
	for (size_t i = 0; i < sizeof(follow->links) / sizeof(follow->links[0]); i++)
		bpf_link__destroy(follow->links[i]);
	follow_bpf__destroy(follow->skel);
	free(follow);
}
