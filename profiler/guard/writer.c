// SPDX-License-Identifier: BSD-2-Clause
/*
 * writer.c - see writer.h.
 *
 * One question and one answer at a time, over a pair of sockets whose end is the end
 * of both.
 */
#include "profiler/guard/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/guard/message.h"
#include "profiler/guard/place.h"

#define ASK_CHILD INT_MIN /* a file that the child opens */

struct slot {
	int fd; /* ASK_CHILD, what was kept, or why there is nothing: -errno */
	bool is_own;
	bool waits; /* it is a pipe that nobody had open for reading */
};

struct writer {
	pid_t pid;	    /* 0: there is no child */
	int fd;		    /* to ask it by */
	size_t cnt;	    /* of files */
	struct slot *slots; /* one for each */
};

/* *FD is -1 if the answer has none. */
static int ask(struct writer *w, enum writer_op op, size_t file, int *fd)
{
	const uint32_t number = (uint32_t)file;
	struct message m;
	int32_t err;

	*fd = -1;
	m.kind = op;
	m.len = sizeof(number);
	m.file_cnt = 0;
	memcpy(m.bytes, &number, sizeof(number));
	if (message_send(w->fd, &m, false))
		return -ECHILD;
	err = message_receive(w->fd, &m);
	if (err)
		return err == -EMFILE ? err : -ECHILD;
	if (m.len != sizeof(err) || m.file_cnt > 1) {
		message_close_files(&m);
		return -ECHILD;
	}
	memcpy(&err, m.bytes, sizeof(err));
	if (m.file_cnt)
		*fd = m.files[0];
	return err;
}

/* What was kept back for this moment, see writer.h. */
static void use_all_descriptors(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void writer_raise_open_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max < 2 * WRITER_FDS)
		return;
	limit.rlim_cur = limit.rlim_max - WRITER_FDS;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int writer_open(struct writer *w, size_t file, int *fd)
{
	int err;

	*fd = -1;
	if (file >= w->cnt)
		return -EINVAL;
	use_all_descriptors();
	*fd = w->slots[file].fd;
	if (*fd != ASK_CHILD) {
		w->slots[file].fd = -EBADF; /* it is the caller's to close */
		return *fd < 0 ? *fd : 0;
	}
	err = ask(w, WRITER_OPEN, file, fd);
	return !err && *fd < 0 ? -ECHILD : err;
}

bool writer_is_own(const struct writer *w, size_t file)
{
	return w->slots[file].is_own;
}

bool writer_waits(const struct writer *w, size_t file)
{
	return w->slots[file].waits;
}

static int tell(struct writer *w, enum writer_op op, size_t file)
{
	int fd, err;

	if (w->slots[file].fd != ASK_CHILD)
		return 0;
	err = ask(w, op, file, &fd);
	if (fd >= 0)
		close(fd);
	return err;
}

int writer_commit(struct writer *w, size_t file)
{
	return tell(w, WRITER_COMMIT, file);
}

int writer_discard(struct writer *w, size_t file)
{
	return tell(w, WRITER_DISCARD, file);
}

/* A copy of the descriptor FD, if something can be written to it. */
static int keep_own(int fd)
{
	int flags = fcntl(fd, F_GETFL), copy;

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return copy < 0 ? -errno : copy;
}

static int check(struct writer *w, size_t file)
{
	int fd, err;

	if (w->slots[file].fd != ASK_CHILD)
		return w->slots[file].fd < 0 ? w->slots[file].fd : 0;
	err = ask(w, WRITER_CHECK, file, &fd);
	if (fd >=
	    0) { /* a pipe was opened without waiting for a reader, but it is waited for room in it */
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
		w->slots[file].fd = fd;
	}
	w->slots[file].waits = err == -EAGAIN;
	return err == -EAGAIN ? 0 : err;
}

/* Check each, so that all that is wrong is known at once; the first error is returned. */
static int check_all(struct writer *w, const struct writer_file *files, int *errs)
{
	int err = 0;

	for (size_t i = 0; i < w->cnt; i++) {
		errs[i] = files[i].check ? check(w, i) : 0;
		err = err ? err : errs[i];
	}
	return err;
}

static int start_child(struct writer *w, const struct writer_file *files)
{
	const pid_t asker = getpid();
	int pair[2], err = message_pair(pair);

	if (err)
		return err;
	w->pid = fork();
	if (!w->pid)
		writer_process_run(files, w->cnt, asker, pair[1]);
	err = w->pid < 0 ? -errno : 0;
	close(pair[1]);
	w->fd = pair[0];
	return err;
}

static int start(struct writer *w, const struct writer_file *files)
{
	bool is_needed = false;

	w->slots = calloc(w->cnt + 1, sizeof(*w->slots));
	if (!w->slots)
		return -ENOMEM;
	for (size_t i = 0; i < w->cnt; i++) {
		int own = place_own_fd(files[i].path);

		w->slots[i].is_own = own >= 0;
		w->slots[i].fd = own < 0 ? ASK_CHILD : keep_own(own);
		is_needed |= own < 0;
	}
	return is_needed ? start_child(w, files) : 0;
}

int writer_start(const struct writer_file *files, size_t cnt, struct writer **out, int *errs)
{
	struct writer *w = calloc(1, sizeof(*w));
	int err;

	*out = NULL;
	memset(errs, 0, cnt * sizeof(*errs));
	if (!w)
		return -ENOMEM;
	*w = (struct writer){ .fd = -1, .cnt = cnt };
	err = start(w, files);
	if (!err)
		err = check_all(w, files, errs);
	if (err)
		writer_close(w);
	else
		*out = w;
	return err;
}

void writer_close(struct writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->cnt && w->slots; i++) {
		if (w->slots[i].fd >= 0)
			close(w->slots[i].fd);
	}
	if (w->fd >= 0)
		close(w->fd);
	while (w->pid > 0 && waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(w->slots);
	free(w);
}
