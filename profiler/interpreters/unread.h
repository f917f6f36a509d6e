/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unread.h - why the frames of an interpreter are not read.
 *
 * Source:    what the plug said of the file and of the process.
 * Ownership: strings are constant.
 * Errors:    none.
 * Threads:   no shared state.
 */
#ifndef PROFILER_INTERPRETERS_UNREAD_H
#define PROFILER_INTERPRETERS_UNREAD_H

#include "profiler/interpreters/plugs.h"

enum interpreter_unread {
	UNREAD_NOT, /* they are read */
	UNREAD_TOO_OLD,
	UNREAD_TOO_NEW,
	UNREAD_NO_VERSION,
	UNREAD_NO_ROOT,
	UNREAD_BAD_OFFSETS,
	UNREAD_NOT_AS_KNOWN,
	UNREAD_NOT_BEGUN,
	UNREAD_DENIED,
	UNREAD_GONE,
	UNREAD_NO_TIME,
	UNREAD_NO_ROOM,
	UNREAD_SECOND,
	UNREAD_OTHER,
	UNREAD_CNT,
};

struct unread_words {
	const char *name; /* in the ledger */
	const char *text; /* behind "native frames only: " */
};

/* Is there anything to know of FILE's version? */
bool interpreter_is_known(const struct interpreter_file *file);

/*
 * What the error ERR of FILE's plug, or of opening the memory of a process that maps it, means: 0:
 * UNREAD_NOT; -EBUSY: nobody has had the time to look.
 */
enum interpreter_unread interpreter_unread_of(const struct interpreter_file *file, int err);

const struct unread_words *interpreter_unread_words(enum interpreter_unread why);

#define INTERPRETER_NAME_SIZE 64

/* FILE as messages say it, "python 3.11", in TEXT of INTERPRETER_NAME_SIZE; returns TEXT. */
const char *interpreter_name(const struct interpreter_file *file, char *text);

#endif /* PROFILER_INTERPRETERS_UNREAD_H */
