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
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/guard/confine.h"

#define ANSWER_NICE (-10) /* the child does next to nothing, and somebody waits for it */

struct writer {
	pid_t pid;
	int fd;
};

enum op { OPEN, COMMIT, DISCARD };

struct question {
	uint32_t op, file;
};

/* The files: the child has them; the asker only looks whether they can be written */

struct shop {
	const struct writer_file *files;
	char **temporaries; /* a name for each file; NULL: it is not open, or written directly */
	size_t cnt;
	pid_t asker; /* the parent of the child; 0: this is the asker */
};

static bool read_id(const char *name, unsigned int *id)
{
	const char *text = getenv(name);
	unsigned long value;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || value >= UINT32_MAX)
		return false;
	*id = (unsigned int)value;
	return true;
}

/*
 * As public as umask says, not for the owner only as mkostemp() makes it; and not
 * root's, if root is somebody who called sudo.
 */
static int set_owner(int fd)
{
	mode_t mask = umask(0);
	unsigned int uid, gid;

	umask(mask);
	if (fchmod(fd, 0666 & ~mask))
		return -errno;
	if (geteuid() || !read_id("SUDO_UID", &uid) || !read_id("SUDO_GID", &gid))
		return 0;
	return fchown(fd, uid, gid) ? -errno : 0;
}

static void forget(struct shop *shop, size_t file, bool remove)
{
	if (remove && shop->temporaries[file])
		unlink(shop->temporaries[file]);
	free(shop->temporaries[file]);
	shop->temporaries[file] = NULL;
}

static int open_temporary(struct shop *shop, size_t file)
{
	int fd, err;

	if (asprintf(&shop->temporaries[file], "%s.XXXXXX", shop->files[file].path) < 0) {
		shop->temporaries[file] = NULL;
		return -ENOMEM;
	}
	/* It opens with O_EXCL, so that it follows no link. */
	fd = mkostemp(shop->temporaries[file], O_CLOEXEC);
	err = fd < 0 ? -errno : 0;
	if (err) {
		forget(shop, file, false);
		return err;
	}
	set_owner(fd); /* a file system without owners is no reason to lose the output */
	return fd;
}

/*
 * A pipe waits for its reader, and the asker may be killed meanwhile.  What was no
 * regular file a moment ago must be none now.
 */
static int open_direct(const struct shop *shop, const char *path)
{
	struct stat st;
	int fd;

	if (shop->asker) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != shop->asker)
			return -ESRCH;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		fd = -errno;
	if (shop->asker)
		prctl(PR_SET_PDEATHSIG, 0);
	if (fd >= 0 && (fstat(fd, &st) || S_ISREG(st.st_mode))) {
		close(fd);
		return -ESTALE;
	}
	return fd;
}

static int open_file(struct shop *shop, size_t file)
{
	const char *path = shop->files[file].path;
	struct stat st;

	forget(shop, file, true);
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return open_direct(shop, path);
	return open_temporary(shop, file);
}

static int commit(struct shop *shop, size_t file)
{
	const struct writer_file *f = &shop->files[file];
	char *old;
	int err = 0;

	if (!shop->temporaries[file])
		return 0;
	if (f->keep_old) {
		if (asprintf(&old, "%s.old", f->path) < 0)
			return -ENOMEM;
		if (rename(f->path, old) && errno != ENOENT)
			err = -errno;
		free(old);
	}
	if (!err && rename(shop->temporaries[file], f->path))
		err = -errno;
	if (!err)
		forget(shop, file, false);
	return err;
}

static int check(struct shop *shop, size_t *bad)
{
	for (size_t i = 0; i < shop->cnt; i++) {
		int fd = shop->files[i].check ? open_file(shop, i) : -1;

		if (shop->files[i].check && fd < 0) {
			*bad = i;
			return fd;
		}
		if (fd >= 0)
			close(fd);
		forget(shop, i, true);
	}
	return 0;
}

/* The child */

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
	if (q.op == OPEN) {
		fd = open_file(shop, q.file);
		err = fd < 0 ? fd : 0;
	} else if (q.op == COMMIT) {
		err = commit(shop, q.file);
	} else {
		forget(shop, q.file, true);
	}
	return answer(socket, err, fd);
}

/* A signal to all of the terminal's processes ends the asker, and that ends us. */
static void ignore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
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
	ignore_signals();
	prctl(PR_SET_NAME, "wick-writer");
	setpriority(PRIO_PROCESS, 0, ANSWER_NICE);
	if (!keep_only(socket) || confine(CONFINE_WRITER, NULL, 0, false))
		_exit(EXIT_FAILURE);
	while (serve(shop, STDIN_FILENO))
		;
	for (size_t i = 0; i < shop->cnt; i++)
		forget(shop, i, true);
	_exit(EXIT_SUCCESS);
}

/* The asker */

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

	if (send(w->fd, &q, sizeof(q), MSG_NOSIGNAL) != sizeof(q))
		return -EPIPE;
	do {
		got = recvmsg(w->fd, &message, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got != sizeof(err))
		return -EPIPE;
	if (fd && !err) {
		if (message.msg_controllen < CMSG_LEN(sizeof(int)))
			return -EMFILE; /* this process can have no more files open */
		memcpy(fd, CMSG_DATA(&control.header), sizeof(*fd));
	}
	return err;
}

int writer_open(struct writer *w, size_t file, int *fd)
{
	*fd = -1;
	return ask(w, OPEN, file, fd);
}

int writer_commit(struct writer *w, size_t file)
{
	return ask(w, COMMIT, file, NULL);
}

int writer_discard(struct writer *w, size_t file)
{
	return ask(w, DISCARD, file, NULL);
}

static int start(struct writer *w, struct shop *shop)
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
	if (err)
		close(w->fd);
	return err;
}

int writer_start(const struct writer_file *files, size_t cnt, struct writer **out, size_t *bad)
{
	struct writer *w = calloc(1, sizeof(*w));
	struct shop shop = { .files = files, .cnt = cnt };
	int err;

	*out = NULL;
	*bad = cnt;
	shop.temporaries = calloc(cnt + 1, sizeof(*shop.temporaries));
	err = w && shop.temporaries ? check(&shop, bad) : -ENOMEM;
	if (!err)
		err = start(w, &shop);
	free(shop.temporaries);
	if (err)
		free(w);
	else
		*out = w;
	return err;
}

void writer_close(struct writer *w)
{
	if (!w)
		return;
	close(w->fd);
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(w);
}
