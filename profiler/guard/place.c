// SPDX-License-Identifier: BSD-2-Clause
/* place.c - see place.h. */
#include "profiler/guard/place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#define MAX_LINKS 40 /* path_resolution(7) */

/* The folder that was reached, and what is left of the path. */
struct walk {
	int folder;
	char rest[PATH_MAX];
	int links;
};

/* Ownership */

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

bool place_sudo_ids(uid_t *uid, gid_t *gid)
{
	return !geteuid() && read_id("SUDO_UID", uid) && read_id("SUDO_GID", gid);
}

static bool is_foreign(int folder, const struct stat *st)
{
	const mode_t everybodys = S_ISVTX | S_IWOTH;
	struct stat dir;
	uid_t caller;
	gid_t group;

	if (fstat(folder, &dir) || (dir.st_mode & everybodys) != everybodys)
		return false;
	if (place_sudo_ids(&caller, &group) && st->st_uid == caller)
		return false;
	return st->st_uid != geteuid() && st->st_uid != dir.st_uid;
}

bool place_is_foreign(const struct place *place, const struct stat *st)
{
	return is_foreign(place->folder, st);
}

/* Walking */

/* Go to the folder NAME; a path without a folder yet begins with "/" or ".". */
static int enter(struct walk *w, const char *name, int flags)
{
	int fd = openat(w->folder, name, O_PATH | O_DIRECTORY | O_CLOEXEC | flags);

	if (fd < 0)
		return -errno;
	if (w->folder >= 0)
		close(w->folder);
	w->folder = fd;
	return 0;
}

static int begin(struct walk *w, const char *path)
{
	size_t len = strlen(path);

	*w = (struct walk){ .folder = AT_FDCWD };
	if (!len)
		return -ENOENT;
	if (len >= sizeof(w->rest))
		return -ENAMETOOLONG;
	memcpy(w->rest, path, len + 1);
	return enter(w, path[0] == '/' ? "/" : ".", 0);
}

/* Take the first name of what is left. */
static int next_name(struct walk *w, char *name)
{
	const char *start = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(start, "/");
	bool is_folder;

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, start, len);
	name[len] = '\0';
	memmove(w->rest, start + len, strlen(start + len) + 1);
	is_folder = !len || !strcmp(name, ".") || !strcmp(name, ".."); /* "out/" is one, too */
	return is_folder && !w->rest[0] ? -EISDIR : 0;
}

/* Put the text of the symbolic link NAME before what is left. */
static int follow_link(struct walk *w, const char *name, const struct stat *st)
{
	char text[PATH_MAX];
	size_t rest_len = strlen(w->rest);
	ssize_t len;

	if (is_foreign(w->folder, st))
		return -EACCES;
	if (++w->links > MAX_LINKS)
		return -ELOOP;
	len = readlinkat(w->folder, name, text, sizeof(text));
	if (len < 0)
		return -errno;
	if ((size_t)len + rest_len >= sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + len, w->rest, rest_len + 1);
	memcpy(w->rest, text, (size_t)len);
	return len && text[0] == '/' ? enter(w, "/", 0) : 0;
}

static bool is_in_proc(int folder)
{
	struct statfs fs;

	return !fstatfs(folder, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

/* Take one name.  *DONE: it is the last, and W's folder has it. */
static int step(struct walk *w, bool follow, struct place *out, bool *done)
{
	int err = next_name(w, out->name);
	struct stat st = { 0 };
	bool is_last = !w->rest[0], is_link;

	if (err)
		return err;
	if (fstatat(w->folder, out->name, &st, AT_SYMLINK_NOFOLLOW) &&
	    !(is_last && errno == ENOENT))
		return -errno;
	is_link = S_ISLNK(st.st_mode);
	out->is_magic = is_link && is_in_proc(w->folder);
	*done = is_last && (!is_link || !follow || out->is_magic);
	if (*done)
		return 0;
	if (is_link && !out->is_magic)
		return follow_link(w, out->name, &st);
	return enter(w, out->name, out->is_magic ? 0 : O_NOFOLLOW);
}

int place_find(const char *path, bool follow, struct place *out)
{
	struct walk w;
	bool done = false;
	int err = begin(&w, path);

	*out = (struct place){ .folder = -1 };
	while (!err && !done)
		err = step(&w, follow, out, &done);
	if (!err)
		out->folder = w.folder;
	else if (w.folder >= 0)
		close(w.folder);
	return err;
}

void place_leave(struct place *place)
{
	if (place->folder >= 0)
		close(place->folder);
	place->folder = -1;
}

int place_look(const struct place *place, struct stat *st)
{
	int flags = place->is_magic ? 0 : AT_SYMLINK_NOFOLLOW;

	return fstatat(place->folder, place->name, st, flags) ? -errno : 0;
}

/* Descriptors */

static int parse_fd(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len && len < 10 && !text[len] ? atoi(text) : -1;
}

/* Where /proc is not mounted there are only these names. */
static int fd_by_text(const char *path)
{
	static const struct {
		const char *path;
		int fd; /* -1: its number follows */
	} names[] = {
		{ "-", STDOUT_FILENO },
		{ "/dev/stdin", STDIN_FILENO },
		{ "/dev/stdout", STDOUT_FILENO },
		{ "/dev/stderr", STDERR_FILENO },
		{ "/dev/fd/", -1 },
		{ "/proc/self/fd/", -1 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i].path);

		if (names[i].fd >= 0 && !strcmp(path, names[i].path))
			return names[i].fd;
		if (names[i].fd < 0 && !strncmp(path, names[i].path, len))
			return parse_fd(path + len);
	}
	return -1;
}

/* True if the kernel shows our descriptors in FOLDER. */
static bool is_fd_folder(int folder)
{
	static const char *const paths[] = { "/proc/self/fd", "/proc/thread-self/fd" };
	struct stat st, own;

	if (fstat(folder, &st))
		return false;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!stat(paths[i], &own) && own.st_dev == st.st_dev && own.st_ino == st.st_ino)
			return true;
	}
	return false;
}

int place_own_fd(const char *path)
{
	int fd = fd_by_text(path);
	struct place at;

	if (fd >= 0 || place_find(path, true, &at))
		return fd;
	if (at.is_magic && is_fd_folder(at.folder))
		fd = parse_fd(at.name);
	place_leave(&at);
	return fd;
}
