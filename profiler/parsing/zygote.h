/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zygote.h - the process that parsers are forked from, and ended by.
 *
 * A parser that took too much is killed, and the next file has a new one.  The process that samples
 * cannot fork it: it is large by then, has threads, and may neither start processes nor signal any
 * (guard/confine.h).  So one is forked at the start that does nothing else.
 *
 * Ownership: zygote_close() ends the zygote and all that it forked; sockets are the caller's.
 * Errors:    0 or a negative errno; -EPIPE the zygote is gone.
 * Threads:   any: a lock lets one ask at a time.
 */
#ifndef PROFILER_PARSING_ZYGOTE_H
#define PROFILER_PARSING_ZYGOTE_H

#include <sys/types.h>

struct zygote;

/* Fork the zygote, while there is one thread and little memory.  Its children call RUN, which exits. */
int zygote_open(void (*run)(int socket), struct zygote **out);
void zygote_close(struct zygote *zygote); /* NULL is fine */

/* Fork a child that is connected to *SOCKET. */
int zygote_fork(struct zygote *zygote, int *socket, pid_t *pid);

/* Kill the child PID.  It may be gone only later, if it waits for a file system. */
int zygote_kill(struct zygote *zygote, pid_t pid);

#endif /* PROFILER_PARSING_ZYGOTE_H */
