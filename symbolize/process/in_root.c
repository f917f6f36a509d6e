// SPDX-License-Identifier: BSD-2-Clause
/* in_root.c - see in_root.h. */
#include "symbolize/process/in_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINKS 40  /* path_resolution(7) */
#define MAX_DEPTH 128 /* folders below the root; each takes an fd while it is walked */

/* The folders that were entered so far, and what is left of the path. */
struct in_root_walk {
	int root_fd;
	int fds[MAX_DEPTH];
	size_t depth;
	char rest[PATH_MAX];
	int links;
};

static int place(const struct in_root_walk *w)
{
	return w->depth ? w->fds[w->depth - 1] : w->root_fd;
}

static void leave(struct in_root_walk *w, size_t depth)
{
	while (w->depth > depth)
		close(w->fds[--w->depth]);
}

/* Take the first name of what is left; it is "" at the end. */
static int next_name(struct in_root_walk *w, char *name)
{
	const char *start = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(start, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, start, len);
	name[len] = '\0';
	memmove(w->rest, start + len, strlen(start + len) + 1);
	return 0;
}

/* Put the text of the symlink FD before what is left. */
static int follow(struct in_root_walk *w, int fd)
{
	char text[PATH_MAX];
	size_t rest_len = strlen(w->rest);
	ssize_t len = readlinkat(fd, "", text, sizeof(text));

	if (len < 0)
		return -errno;
	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if (!len)
		return -ENOENT;
	if ((size_t)len + rest_len >= sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + len, w->rest, rest_len + 1);
	memcpy(w->rest, text, (size_t)len);
	if (text[0] == '/')
		leave(w, 0);
	return 0;
}

static int enter(struct in_root_walk *w, const char *name)
{
	struct statx st;
	int fd, err = 0;

	/* A folder is left by the way it was entered, so that no rename() leads out. */
	if (!strcmp(name, "..")) {
		leave(w, w->depth ? w->depth - 1 : 0);
		return 0;
	}
	if (w->depth == MAX_DEPTH)
		return -ENAMETOOLONG;
	fd = openat(place(w), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* What is known of it will do: a mount of a silent file system is entered without asking. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st))
		err = -errno;
	else if (S_ISLNK(st.stx_mode))
		err = follow(w, fd);
	else
		w->fds[w->depth++] = fd;
	if (err || S_ISLNK(st.stx_mode))
		close(fd);
	return err;
}

int in_root_open(int root_fd, const char *path)
{
	struct in_root_walk w = { .root_fd = root_fd };
	size_t len = strlen(path);
	char name[NAME_MAX + 1];
	int fd, err = len < sizeof(w.rest) ? 0 : -ENAMETOOLONG;

	if (!err)
		memcpy(w.rest, path, len + 1);
	while (!err) {
		err = next_name(&w, name);
		if (err || !name[0])
			break;
		if (strcmp(name, "."))
			err = enter(&w, name);
	}
	fd = err;
	if (!err && w.depth) /* it is the caller's: leave() must not close it */
		fd = w.fds[--w.depth];
	else if (!err && (fd = openat(root_fd, ".", O_PATH | O_CLOEXEC)) < 0)
		fd = -errno;
	leave(&w, 0);
	return fd;
}
