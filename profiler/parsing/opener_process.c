// SPDX-License-Identifier: BSD-2-Clause
/* opener_process.c - see opener_process.h. */
#include "profiler/parsing/opener_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "profiler/guard/confine.h"
#include "profiler/guard/message.h"
#include "profiler/guard/writer.h"
#include "profiler/log.h"
#include "profiler/parsing/devices.h"
#include "profiler/parsing/opener_pool.h"
#include "profiler/parsing/watch.h"
#include "profiler/resident.h"
#include "symbolize/process/mapped.h"
#include "symbolize/process/perf_map.h"

#define OPENER_NICE   (-15) /* samples wait */
#define HASTE_MS      60    /* without running: what samples can wait for */
#define PATIENCE_MS   1000
#define PATHS_LATE_MS 8000 /* that all paths together may be late by; then none is opened */

/* The process that opens */

static void run(int socket, pid_t asker)
{
	sigset_t all;

	sigfillset(&all); /* the terminal's are the asker's business */
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != asker) /* it has ended before that */
		_exit(EXIT_FAILURE);
	prctl(PR_SET_NAME, "wick-opener");
	setpriority(PRIO_PROCESS, 0, OPENER_NICE);
	writer_raise_open_files(); /* the files are the asker's, too, and the limit is not */
	if (confine(CONFINE_OPENER, NULL, 0, false))
		_exit(EXIT_FAILURE);
	resident_drop();
	opener_pool_serve(socket);
	_exit(EXIT_SUCCESS);
}

/* The process that asks */

struct opener_process {
	struct opener opener;
	pid_t pid;
	int socket;
	uint64_t id;
	int64_t stuck_ms;
	struct devices devices;
	int64_t paths_late_ms; /* of which nobody knows the device */
	struct watch watch;
	struct message m;
};

static int say(struct opener_process *o, enum opener_kind kind, struct opener_question *q,
	       const char *path, size_t path_len)
{
	if (path_len > MESSAGE_SIZE - sizeof(*q))
		return -ENAMETOOLONG;
	q->id = ++o->id;
	o->m.kind = kind;
	o->m.len = sizeof(*q) + path_len;
	o->m.file_cnt = 0;
	memcpy(o->m.bytes, q, sizeof(*q));
	memcpy(o->m.bytes + sizeof(*q), path, path_len);
	return message_send(o->socket, &o->m, true);
}

static void let_close(struct opener_process *o, int fd)
{
	struct opener_question q = { .fd = fd };

	say(o, OPENER_CLOSE, &q, "", 0); /* if it cannot hear, the file stays open */
}

/* Wait for the answer to the last question; one to an earlier one came too late. */
static int hear(struct opener_process *o, int *fd)
{
	struct opener_answer answer;
	uint64_t id = o->id;
	int err;

	for (;;) {
		err = watch_wait(&o->watch, o->socket, POLLIN);
		if (!err)
			err = message_receive_bytes(o->socket, &o->m);
		if (err)
			return err;
		if (o->m.len != sizeof(answer))
			return -EPROTO;
		memcpy(&answer, o->m.bytes, sizeof(answer));
		if (answer.err > 0 || (!answer.err && answer.fd < 0))
			return -EPROTO;
		if (answer.id == id) {
			*fd = answer.err ? -1 : answer.fd;
			return answer.err;
		}
		if (!answer.err)
			let_close(o, answer.fd);
	}
}

/* *LATE_MS grows by the time that went by without an answer. */
static int ask(struct opener_process *o, enum opener_kind kind, struct opener_question *q,
	       const char *path, size_t path_len, int64_t *late_ms, int *fd)
{
	int64_t start_ms = now_ms();
	int err;

	*fd = -1;
	err = watch_begin(&o->watch, o->pid, INT32_MAX, SIZE_MAX);
	o->watch.stuck_ms = o->stuck_ms;
	if (!err)
		err = say(o, kind, q, path, path_len);
	if (!err)
		err = hear(o, fd);
	if (err == -EAGAIN)
		err = -ETIMEDOUT;
	if (err == -ETIMEDOUT)
		*late_ms += now_ms() - start_ms;
	return err;
}

/* Ask, if the file system of DEVICE answers as a rule; PATH is what the user is told otherwise. */
static int ask_device(struct opener_process *o, uint64_t device, enum opener_kind kind,
		      struct opener_question *q, const char *path, size_t path_len, int *fd)
{
	char text[PATH_MAX], shown[PATH_MAX];
	int64_t late_ms = 0;
	int err;

	*fd = -1;
	if (devices_refuse(&o->devices, device))
		return -ETIMEDOUT;
	err = ask(o, kind, q, path, path_len, &late_ms, fd);
	if (err != -ETIMEDOUT) { /* that there is no such file is an answer, too */
		devices_answered(&o->devices, device);
		return err;
	}
	devices_late(&o->devices, device, late_ms);
	snprintf(text, sizeof(text), "%.*s", (int)path_len, path);
	if (devices_refuse(&o->devices, device))
		log_warn("%s: its file system does not answer: what runs from there has no names",
			 log_printable(text, shown, sizeof(shown)));
	return err;
}

static int open_mapped(void *ctx, pid_t pid, pid_t kin, const struct mapping *m, int *fd)
{
	struct opener_question q = {
		.pid = pid,
		.kin = kin,
		.start = m->start,
		.end = m->end,
		.dev = m->dev,
		.inode = m->inode,
		.generation = m->generation,
		.is_deleted = m->deleted,
	};

	return ask_device(ctx, m->dev, OPENER_MAPPED, &q, m->path, m->path_len, fd);
}

/* As it is known here: no file system is asked. */
static uint64_t device_of(int folder)
{
	struct statx st;

	if (statx(folder, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st))
		return 0;
	return makedev(st.stx_dev_major, st.stx_dev_minor);
}

static int open_tmp(void *ctx, pid_t pid, int *fd)
{
	struct opener_question q = { .pid = pid };
	char path[64];
	uint64_t device;
	int root;

	*fd = -1;
	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	device = device_of(root);
	close(root);
	return ask_device(ctx, device, OPENER_TMP, &q, path, strlen(path), fd);
}

static int open_perf_map(void *ctx, const struct perf_map_wanted *wanted, int *fd)
{
	struct opener_question q = {
		.fd = wanted->dir_fd,
		.pid = wanted->ns_pid,
		.uid = wanted->uid,
		.known_fd = wanted->known_fd,
	};
	char path[64];

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", wanted->ns_pid);
	return ask_device(ctx, device_of(wanted->dir_fd), OPENER_PERF_MAP, &q, path, strlen(path),
			  fd);
}

/* It can be opened, and not be read. */
static void be_late(void *ctx, uint64_t device)
{
	struct opener_process *o = ctx;

	devices_late(&o->devices, device, HASTE_MS);
}

static int open_path(void *ctx, const char *path, int *fd)
{
	struct opener_question q = { 0 };
	struct opener_process *o = ctx;

	*fd = -1;
	if (o->paths_late_ms > PATHS_LATE_MS)
		return -ETIMEDOUT;
	return ask(o, OPENER_PATH, &q, path, strlen(path), &o->paths_late_ms, fd);
}

/* The kernel knows it, whatever the file system does. */
static int path_of(void *ctx, int fd, char path[PATH_MAX])
{
	(void)ctx;
	return opener_path_of(NULL, fd, path);
}

static void close_file(void *ctx, int fd)
{
	let_close(ctx, fd);
}

int opener_process_open(struct opener_process **out)
{
	struct opener_process *o = message_owner_alloc(sizeof(*o));
	const pid_t asker = getpid();
	int sockets[2], err = o ? message_pair(sockets) : -ENOMEM;

	*out = NULL;
	if (err) {
		free(o);
		return err;
	}
	o->opener = (struct opener){
		.open = open_path,
		.path_of = path_of,
		.open_mapped = open_mapped,
		.open_tmp = open_tmp,
		.open_perf_map = open_perf_map,
		.late = be_late,
		.close = close_file,
		.ctx = o,
	};
	o->socket = sockets[0];
	o->stuck_ms = HASTE_MS;
	/* Both have both sockets: a table that is shared is not closed on one side. */
	o->pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (!o->pid)
		run(sockets[1], asker);
	if (o->pid < 0) {
		err = -errno;
		close(sockets[0]);
		close(sockets[1]);
		free(o);
		return err;
	}
	*out = o;
	return 0;
}

const struct opener *opener_process_opener(const struct opener_process *o)
{
	return &o->opener;
}

void opener_process_be_patient(struct opener_process *o)
{
	o->stuck_ms = PATIENCE_MS;
}

/* It ends with us at the latest; one that waits for a file system is not waited for. */
void opener_process_close(struct opener_process *o)
{
	if (!o)
		return;
	free(o);
}
