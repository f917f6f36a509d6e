/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fetch.h - debug files from the debuginfod servers that DEBUGINFOD_URLS names.
 *
 * A process of its own, without a capability, asks them through libdebuginfod: it is
 * there from fetch_open() on; wick again, the library and all that it needs of the
 * network are loaded when the first file is asked for and not before; and a server that hangs, a name that takes a minute to
 * look up or a reply that crashes the library costs that process, which is ended
 * when the time is up.
 *
 * Source:    debuginfod_find_debuginfo(3); files are kept in its cache.
 * Ownership: fetch_close() ends the process.
 * Errors:    0 or a negative errno; -ENOENT no server has it, -ETIMEDOUT.
 * Threads:   one.
 */
#ifndef PROFILER_GUARD_FETCH_H
#define PROFILER_GUARD_FETCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct fetch;

struct fetch_totals {
	uint64_t asked, fetched; /* files */
	uint64_t late;		 /* no answer in time */
	int unusable;		 /* -errno of the whole, 0: it works */
};

/* *OUT is NULL if DEBUGINFOD_URLS is not set.  TIMEOUT_S: waited for all files together. */
int fetch_open(double timeout_s, struct fetch **out);
void fetch_close(struct fetch *fetch); /* NULL is fine */

/* As debuginfo_opts.fetch; CTX is the fetch. */
int fetch_debug_file(void *ctx, const uint8_t *id, size_t id_len, int *fd);

/* The process, 0: none. */
pid_t fetch_pid(const struct fetch *fetch);

void fetch_totals(const struct fetch *fetch, struct fetch_totals *out); /* of NULL: zeros */

/* Say on stderr what did not work, and what helps; nothing if nothing is amiss. */
void fetch_explain(const struct fetch_totals *totals);

/* The command that this process is; not for users. */
int command_fetch(int argc, char **argv);

#endif /* PROFILER_GUARD_FETCH_H */
