/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opener_pool.h - threads that open, look at and close foreign files, each of which may wait for a
 * file system without end.
 *
 * Source:    symbolize/process/mapped.h, symbolize/elf/opener.h.
 * Ownership: what is opened is open in the table that both sides share.
 * Errors:    those of opening are answers; without memory, or when all threads wait, there is none.
 * Threads:   the pool's own.
 */
#ifndef PROFILER_PARSING_OPENER_POOL_H
#define PROFILER_PARSING_OPENER_POOL_H

#include <stdint.h>
#include <sys/types.h>

enum opener_kind {
	OPENER_MAPPED,
	OPENER_PATH,
	OPENER_TMP,	 /* of `pid` */
	OPENER_PERF_MAP, /* of `pid`, as its own namespace has it, in the folder `fd` */
	OPENER_CLOSE,
	OPENER_ANSWER
};

/* What stands before a path. */
struct opener_question {
	uint64_t id;
	pid_t pid, kin;
	uint64_t start, end, dev, inode, generation; /* of a mapping: symbolize/process/maps.h */
	uint32_t is_deleted;
	uid_t uid;    /* of a perf map: whose it must be */
	int known_fd; /* of one: which is not wanted */
	int fd;	      /* to be closed, or the folder */
};

struct opener_answer {
	uint64_t id;
	int err, fd;
};

/* Do what the messages at SOCKET ask for, until its end.  The threads stay. */
void opener_pool_serve(int socket);

#endif /* PROFILER_PARSING_OPENER_POOL_H */
