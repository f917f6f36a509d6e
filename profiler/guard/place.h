/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * place.h - where an output is to be: a name in a folder, or a descriptor that the caller
 * of wick has given to it.
 *
 * A path is walked name by name.  In a folder that everybody may write to and whose sticky
 * bit is set, as /tmp, a symbolic link of another user's is not followed: the one who left
 * it there would choose the file, perhaps a device, that root writes to.  The kernel does
 * the same where the sysctl for that is on; here it does not matter.
 *
 * Source:    path_resolution(7).
 * Ownership: place_find() ... place_leave().
 * Errors:    0 or a negative errno; -EACCES if a link is another user's.
 * Threads:   no shared state.
 */
#ifndef PROFILER_GUARD_PLACE_H
#define PROFILER_GUARD_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct place {
	int folder;		 /* of O_PATH; -1 once it was left */
	char name[NAME_MAX + 1]; /* in the folder, where there may be nothing yet */
	bool is_magic;		 /* a link of /proc: only the kernel knows where it leads */
};

/* Find PATH; if FOLLOW is set and its last name is a symbolic link, where that leads. */
int place_find(const char *path, bool follow, struct place *out);
void place_leave(struct place *place);

/* What is there; -ENOENT: nothing. */
int place_look(const struct place *place, struct stat *st);

/* True if what ST says of an entry of PLACE's folder was left there by another user, see above. */
bool place_is_foreign(const struct place *place, const struct stat *st);

/* The user who called sudo, if that is how we became root. */
bool place_sudo_ids(uid_t *uid, gid_t *gid);

/*
 * The descriptor that PATH means, such as 1 for "-", "/dev/stdout", "/proc/self/fd/1" and
 * links to them; -1 if it is the path of a file.  Whether it is open is not looked at.
 */
int place_own_fd(const char *path);

#endif /* PROFILER_GUARD_PLACE_H */
