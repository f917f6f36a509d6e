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
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/guard/confine.h"
#include "profiler/guard/draft.h"
#include "profiler/guard/place.h"
#include "profiler/guard/terminal.h"

#define ANSWER_NICE (-10)   /* the child does next to nothing, and somebody waits for it */
#define ASK_CHILD   INT_MIN /* a file that the child opens */

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

enum op { CHECK, OPEN, COMMIT, DISCARD };

struct question {
	uint32_t op, file;
};

/* The child */

struct shop {
	const struct writer_file *files;
	struct draft *drafts; /* one for each file */
	size_t cnt;
	pid_t asker;
};

/* A pipe waits for its reader, and the asker may be killed meanwhile. */
static int open_file(struct shop *shop, size_t file)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != shop->asker)
		return -ESRCH;
	fd = draft_open(&shop->drafts[file], shop->files[file].path, true);
	prctl(PR_SET_PDEATHSIG, 0);
	return fd;
}

/* Can it be opened?  A device or a pipe stays open, a pipe without a reader is waited for later. */
static int check_file(struct shop *shop, size_t file, int *fd)
{
	struct draft *draft = &shop->drafts[file];

	*fd = draft_open(draft, shop->files[file].path, false);
	if (*fd < 0)
		return *fd;
	if (draft_is_open(draft)) {
		close(*fd);
		*fd = -1;
	}
	draft_discard(draft);
	return 0;
}

/* Send ERR, and FD unless it is negative; it is closed then. */
static bool answer(int socket, int err, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec text = { &err, sizeof(err) };
	struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1 };
	bool sent;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	sent = sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof(err);
	if (fd >= 0)
		close(fd);
	return sent;
}

static bool serve(struct shop *shop, int socket)
{
	struct question q;
	int err = 0, fd = -1;

	if (recv(socket, &q, sizeof(q), 0) != sizeof(q) || q.file >= shop->cnt)
		return false;
	if (q.op == CHECK) {
		err = check_file(shop, q.file, &fd);
	} else if (q.op == OPEN) {
		fd = open_file(shop, q.file);
		err = fd < 0 ? fd : 0;
	} else if (q.op == COMMIT) {
		err = draft_commit(&shop->drafts[q.file], shop->files[q.file].keep_old);
	} else {
		draft_discard(&shop->drafts[q.file]);
	}
	return answer(socket, err, fd);
}

/* Close what the asker had open: its pipes must end when it does. */
static bool keep_only(int socket)
{
	if (dup2(socket, STDIN_FILENO) < 0)
		return false;
	if (close_range(STDIN_FILENO + 1, ~0U, 0)) { /* before Linux 5.9 */
		for (int fd = STDIN_FILENO + 1; fd <= socket; fd++)
			close(fd);
	}
	return true;
}

static void run(struct shop *shop, int socket)
{
	/* What is written belongs to who calls, also if the program were another user's (chmod u+s). */
	if (setresgid(getgid(), getgid(), getgid()) || setresuid(getuid(), getuid(), getuid()))
		_exit(EXIT_FAILURE);
	terminal_ignore_signals();
	prctl(PR_SET_NAME, "wick-writer");
	setpriority(PRIO_PROCESS, 0, ANSWER_NICE);
	if (!keep_only(socket) || confine(CONFINE_WRITER, NULL, 0, false))
		_exit(EXIT_FAILURE);
	while (serve(shop, STDIN_FILENO))
		;
	for (size_t i = 0; i < shop->cnt; i++)
		draft_discard(&shop->drafts[i]);
	_exit(EXIT_SUCCESS);
}

/* The asker */

/* *FD is -1 if the answer has none. */
static int ask(struct writer *w, enum op op, size_t file, int *fd)
{
	const struct question q = { op, (uint32_t)file };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	int err = 0;
	struct iovec text = { &err, sizeof(err) };
	struct msghdr message = { .msg_iov = &text,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t got;

	*fd = -1;
	if (send(w->fd, &q, sizeof(q), MSG_NOSIGNAL) != sizeof(q))
		return -ECHILD;
	do {
		got = recvmsg(w->fd, &message, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got != sizeof(err))
		return -ECHILD;
	if (message.msg_controllen >= CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(&control.header), sizeof(*fd));
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
	err = ask(w, OPEN, file, fd);
	if (!err && *fd < 0)
		err = -EMFILE; /* this process can have no more files open */
	return err;
}

bool writer_is_own(const struct writer *w, size_t file)
{
	return w->slots[file].is_own;
}

bool writer_waits(const struct writer *w, size_t file)
{
	return w->slots[file].waits;
}

static int tell(struct writer *w, enum op op, size_t file)
{
	int fd;

	return w->slots[file].fd == ASK_CHILD ? ask(w, op, file, &fd) : 0;
}

int writer_commit(struct writer *w, size_t file)
{
	return tell(w, COMMIT, file);
}

int writer_discard(struct writer *w, size_t file)
{
	return tell(w, DISCARD, file);
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
	err = ask(w, CHECK, file, &fd);
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

static int start_child(struct writer *w, struct shop *shop)
{
	int pair[2], err = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	shop->asker = getpid();
	w->pid = fork();
	if (!w->pid)
		run(shop, pair[1]);
	if (w->pid < 0)
		err = -errno;
	close(pair[1]);
	w->fd = pair[0];
	return err;
}

static int start(struct writer *w, const struct writer_file *files)
{
	struct shop shop = { .files = files, .cnt = w->cnt };
	bool is_needed = false;
	int err = 0;

	w->slots = calloc(w->cnt + 1, sizeof(*w->slots));
	shop.drafts = calloc(w->cnt + 1, sizeof(*shop.drafts));
	if (!w->slots || !shop.drafts)
		err = -ENOMEM;
	for (size_t i = 0; i < w->cnt && !err; i++) {
		int own = place_own_fd(files[i].path);

		draft_init(&shop.drafts[i]);
		w->slots[i].is_own = own >= 0;
		w->slots[i].fd = own < 0 ? ASK_CHILD : keep_own(own);
		is_needed |= own < 0;
	}
	if (!err && is_needed)
		err = start_child(w, &shop);
	free(shop.drafts);
	return err;
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
