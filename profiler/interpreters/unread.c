// SPDX-License-Identifier: BSD-2-Clause
/* unread.c - see unread.h. */
#include "profiler/interpreters/unread.h"

#include <errno.h>
#include <stdio.h>

static const struct unread_words all_words[UNREAD_CNT] = {
	[UNREAD_NOT] = { "read", "they are read" },
	[UNREAD_TOO_OLD] = { "too_old", "wick does not know versions as old as this" },
	[UNREAD_TOO_NEW] = { "too_new",
			     "wick does not know versions as new as this (update wick)" },
	[UNREAD_NO_VERSION] = { "no_version", "its file does not say which version it is" },
	[UNREAD_NO_ROOT] = { "no_state_symbol",
			     "its file does not say where the interpreter's state is (stripped?)" },
	[UNREAD_BAD_OFFSETS] = { "bad_offsets", "what it says of its own structs makes no sense" },
	[UNREAD_NOT_AS_KNOWN] = { "not_as_known",
				  "its memory is not as that of its version is (patched, or built "
				  "with other flags?)" },
	[UNREAD_NOT_BEGUN] = { "not_begun", "no thread of it runs as yet" },
	[UNREAD_DENIED] = { "denied", "its memory is not ours to read (try sudo)" },
	[UNREAD_GONE] = { "gone", "the process ended before it was looked at" },
	[UNREAD_NO_TIME] = { "no_time", "to look at all would take too long" },
	[UNREAD_NO_ROOM] = { "no_room", "its user has too many of them" },
	[UNREAD_SECOND] = { "second", "another interpreter of the process was found first" },
	[UNREAD_OTHER] = { "unreadable", "its memory cannot be read" },
};

const struct unread_words *interpreter_unread_words(enum interpreter_unread why)
{
	return &all_words[why];
}

bool interpreter_is_known(const struct interpreter_file *file)
{
	const struct interpreter_plug *plug = interpreter_plug(file->kind);

	return plug && file->version >= plug->first_version && file->version <= plug->last_version;
}

/* What the file says of itself, which is why a process was not looked at, or in vain. */
static enum interpreter_unread unread_file(const struct interpreter_file *file)
{
	const struct interpreter_plug *plug = interpreter_plug(file->kind);

	if (!file->version)
		return UNREAD_NO_VERSION;
	if (plug && file->version < plug->first_version)
		return UNREAD_TOO_OLD;
	if (plug && file->version > plug->last_version)
		return UNREAD_TOO_NEW;
	return file->root ? UNREAD_NOT_AS_KNOWN : UNREAD_NO_ROOT;
}

enum interpreter_unread interpreter_unread_of(const struct interpreter_file *file, int err)
{
	switch (err) {
	case 0:
		return UNREAD_NOT;
	case -ENOTSUP:
		return unread_file(file);
	case -EBADMSG:
		return UNREAD_BAD_OFFSETS;
	case -EAGAIN:
		return UNREAD_NOT_BEGUN;
	case -EACCES:
	case -EPERM:
		return UNREAD_DENIED;
	case -ENOENT:
	case -ESRCH:
		return UNREAD_GONE;
	case -EBUSY:
		return UNREAD_NO_TIME;
	case -ENOSPC:
		return UNREAD_NO_ROOM;
	default:
		return UNREAD_OTHER;
	}
}

const char *interpreter_name(const struct interpreter_file *file, char *text)
{
	const struct interpreter_plug *plug = interpreter_plug(file->kind);
	const char *name = plug ? plug->name : "interpreter";

	if (file->version)
		snprintf(text, INTERPRETER_NAME_SIZE, "%s %u.%u", name, file->version >> 8,
			 file->version & 0xff);
	else
		snprintf(text, INTERPRETER_NAME_SIZE, "%s", name);
	return text;
}
