// SPDX-License-Identifier: BSD-2-Clause
/* draft.c - see draft.h. */
#include "profiler/guard/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX	  6   /* characters; as many as mkstemp(3) makes */
#define ATTEMPTS  100 /* names that others have by chance */
#define KEPT_NAME ".old"

void draft_init(struct draft *draft)
{
	*draft = (struct draft){ .place.folder = -1 };
}

bool draft_is_open(const struct draft *draft)
{
	return draft->place.folder >= 0;
}

/* As public as umask says, and not root's, if root is somebody who called sudo. */
static void set_owner(int fd)
{
	mode_t mask = umask(0);
	uid_t uid;
	gid_t gid;

	umask(mask);
	/* A file system without owners is no reason to lose the output. */
	if (!fchmod(fd, 0666 & ~mask) && place_sudo_ids(&uid, &gid) && fchown(fd, uid, gid))
		return;
}

/* Will PLACE's name be ours to give when the file is complete? */
static int check_name(const struct place *place)
{
	struct statx stx;
	struct stat st, dir;

	if (fstatat(place->folder, place->name, &st, AT_SYMLINK_NOFOLLOW) ||
	    fstat(place->folder, &dir))
		return 0;
	if (dir.st_mode & S_ISVTX && geteuid() && st.st_uid != geteuid() && dir.st_uid != geteuid())
		return -EPERM;
	/* Before Linux 5.8 a mount is not known, and shows at the end. */
	if (statx(place->folder, place->name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &stx))
		return 0;
	if (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return -EBUSY;
	return stx.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND) ? -EPERM : 0;
}

static int make_name(struct draft *draft)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char random[SUFFIX];
	char suffix[SUFFIX + 1] = "";

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -errno;
	for (size_t i = 0; i < SUFFIX; i++)
		suffix[i] = letters[random[i] % (sizeof(letters) - 1)];
	snprintf(draft->now, sizeof(draft->now), "%.*s.%s", NAME_MAX - SUFFIX - 1,
		 draft->place.name, suffix);
	return 0;
}

static int open_draft(struct draft *draft)
{
	int err = check_name(&draft->place), fd = -1;

	for (int i = 0; i < ATTEMPTS && fd < 0 && !err; i++) {
		err = make_name(draft);
		if (err)
			break;
		/* O_EXCL follows no link. */
		fd = openat(draft->place.folder, draft->now,
			    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			err = -errno;
	}
	if (fd < 0)
		return err ? err : -EEXIST;
	set_owner(fd);
	return fd;
}

static bool is_pipe_of_others(const struct place *place, const struct stat *st)
{
	return S_ISFIFO(st->st_mode) && place_is_foreign(place, st);
}

/* Open the device or pipe at PLACE, which ST is about.  It must be none else when it is open. */
static int open_as_it_is(const struct place *place, struct stat *st, bool wait)
{
	bool is_pipe = S_ISFIFO(st->st_mode);
	int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (place->is_magic ? 0 : O_NOFOLLOW), fd;

	if (is_pipe_of_others(place, st))
		return -EACCES;
	fd = openat(place->folder, place->name, flags | (is_pipe && !wait ? O_NONBLOCK : 0));
	if (fd < 0)
		return is_pipe && errno == ENXIO ? -EAGAIN : -errno;
	if (!fstat(fd, st) && !S_ISREG(st->st_mode) && !is_pipe_of_others(place, st))
		return fd;
	close(fd);
	return -ESTALE;
}

int draft_open(struct draft *draft, const char *path, bool wait)
{
	struct place end;
	struct stat st;
	int fd;

	draft_discard(draft);
	if (!place_find(path, true, &end)) {
		bool is_special = !place_look(&end, &st) && !S_ISREG(st.st_mode);

		fd = is_special ? open_as_it_is(&end, &st, wait) : -1;
		place_leave(&end);
		if (is_special)
			return fd;
	}
	fd = place_find(path, false, &draft->place);
	if (!fd)
		fd = open_draft(draft);
	if (fd < 0)
		place_leave(&draft->place);
	return fd;
}

int draft_commit(struct draft *draft, bool keep_old)
{
	int folder = draft->place.folder;
	const char *name = draft->place.name;
	char old[NAME_MAX + sizeof(KEPT_NAME)];

	if (!draft_is_open(draft))
		return 0;
	snprintf(old, sizeof(old), "%s" KEPT_NAME, name);
	if (keep_old && renameat(folder, name, folder, old) && errno != ENOENT)
		return -errno;
	if (renameat(folder, draft->now, folder, name))
		return -errno;
	place_leave(&draft->place);
	return 0;
}

void draft_discard(struct draft *draft)
{
	if (draft_is_open(draft))
		unlinkat(draft->place.folder, draft->now, 0);
	place_leave(&draft->place);
}
