/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * maps_file.h - /proc/PID/maps, read a piece at a time.
 *
 * The kernel allows 65,530 mappings, and paths longer than PATH_MAX: the text can have hundreds
 * of megabytes, of which a line is needed at a time.
 *
 * Source:    proc_pid_maps(5).
 * Ownership: the file is open until maps_file_close(); the path of a mapping is valid until the
 *            next call.
 * Errors:    0 or a negative errno; what reading says is kept in `err`.
 * Threads:   one file, one thread.
 */
#ifndef SYMBOLIZE_PROCESS_MAPS_FILE_H
#define SYMBOLIZE_PROCESS_MAPS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "symbolize/process/maps.h"

#define MAPS_FILE_TEXT 16384 /* bytes; a line without an escaped byte has 4,200 at the most */

struct maps_file {
	int fd;
	int err;	   /* why it could not be read to its end; 0 if it could */
	bool is_empty;	   /* nothing has been read: the process ended */
	bool skips;	   /* the line goes on that was too long */
	size_t start, end; /* what of the text is read, and not taken */
	char text[MAPS_FILE_TEXT];
};

/* Open the mappings of PID; 0: our own. */
int maps_file_open(struct maps_file *f, pid_t pid);

/* Read from FD, which is F's then. */
void maps_file_begin(struct maps_file *f, int fd);
void maps_file_close(struct maps_file *f);

/* Begin again. */
void maps_file_rewind(struct maps_file *f);

/* Parse the next sound line of MAPS_FILE_TEXT bytes at the most.  False at the end. */
bool maps_file_next(struct maps_file *f, struct mapping *out);

#endif /* SYMBOLIZE_PROCESS_MAPS_FILE_H */
