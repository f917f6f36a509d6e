/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jobs.h - tables that wait to be built, and which is next: the first one of the user whose files
 * have taken least so far.
 *
 * Ownership: jobs that are queued are the queue's, and freed by jobs_fini(); one that was taken is
 *            the caller's.
 * Errors:    0 or -ENOMEM.
 * Threads:   the caller locks.
 */
#ifndef PROFILER_TABLES_JOBS_H
#define PROFILER_TABLES_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/turns.h"

struct table;

/* What a table is built from: FD, which is duplicated, or IMAGE, which must stay. */
struct table_file {
	uint32_t key;
	uint32_t owner; /* whose process it is for, as of symbolize/process/owner.h */
	int fd;
	const void *image; /* NULL: fd */
	size_t image_size;
	uint64_t base; /* a vaddr below all code, a multiple of the page size */
};

struct table_job {
	struct table *table;
	uint32_t owner; /* as of symbolize/process/owner.h */
	int fd;		/* -1: image is the file */
	const void *image;
	size_t image_size;
	unsigned int tries; /* that were given up for others */
	struct table_job *next;
};

struct jobs {
	struct table_job *first, *last;
	struct turns turns;
};

/* A job to build TABLE from FILE, whose fd is duplicated.  A negative errno, as of fcntl(2), too. */
int job_new(struct table *table, const struct table_file *file, struct table_job **out);
void job_free(struct table_job *job);

void jobs_fini(struct jobs *jobs); /* zeros are fine */

int jobs_add(struct jobs *jobs, struct table_job *job);

/* Take the next one; NULL: there is none. */
struct table_job *jobs_take(struct jobs *jobs);

/* The job for TABLE, if it is queued, is OWNER's, too. */
int jobs_join(struct jobs *jobs, const struct table *table, uint32_t owner);

/* OWNER's files took NS. */
void jobs_charge(struct jobs *jobs, uint32_t owner, uint64_t ns);

/* Is there a job of a user whose files have taken less than OWNER's, and NS? */
bool jobs_wait_for(const struct jobs *jobs, uint32_t owner, uint64_t ns);

#endif /* PROFILER_TABLES_JOBS_H */
