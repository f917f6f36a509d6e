/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fetch.h - debug files from the debuginfod servers that DEBUGINFOD_URLS names.
 *
 * A process of its own asks them through libdebuginfod: not as root, but as whom sudo came from,
 * or nobody; without a capability, behind a filter.  It is there from fetch_open() on; the
 * library, and all that it needs of the network, is loaded when the first file is asked for.  A server that hangs, a name that takes a minute to
 * look up or a reply that crashes the library costs that process alone, which is ended
 * when the time is up.
 *
 * Source:    debuginfod_find_debuginfo(3); files are kept in its cache, those that root asked
 *            for in the folder `nobody` of root's.
 * Ownership: fetch_close() ends the process.
 * Errors:    0 or a negative errno; -ENOENT no server has it, -ETIMEDOUT the time was up,
 *            -EPIPE the process has ended.  After the last two no more is asked.
 * Threads:   one.
 */
#ifndef PROFILER_GUARD_FETCH_H
#define PROFILER_GUARD_FETCH_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define FETCH_LIBRARY "libdebuginfod.so.1"

/* What the process answers if it could not become another user than root; no library says so. */
#define FETCH_STAYED_ROOT EUSERS

struct fetch;

struct fetch_totals {
	uint64_t asked, fetched; /* files */
	uint64_t late;		 /* files that were asked for when the time was up */
	int unusable;		 /* -errno that ended the asking; 0: it goes on */
};

/* *OUT is NULL if DEBUGINFOD_URLS is not set.  All files together may take TIMEOUT_S. */
int fetch_open(double timeout_s, struct fetch **out);
void fetch_close(struct fetch *fetch); /* NULL is fine */

/* Wait no longer once STOP, which is asked several times a second, says so; FETCH may be NULL. */
void fetch_set_stop(struct fetch *fetch, bool (*stop)(void *ctx), void *ctx);

/*
 * This is for debuginfo_opts.fetch, and CTX is the fetch: nothing but the build-id of FILE, which
 * is open, is sent away.
 */
int fetch_debug_file(void *ctx, int file, int *fd);

/* The process that asks; 0: there is none. */
pid_t fetch_pid(const struct fetch *fetch);

void fetch_totals(const struct fetch *fetch, struct fetch_totals *out); /* of NULL: zeros */

/* Print what did not work, and what helps; nothing if nothing is amiss. */
void fetch_explain(const struct fetch_totals *totals);

/* `wick fetch-debug-files`, which the process that asks becomes; it is no command for users. */
int command_fetch(int argc, char **argv);

#endif /* PROFILER_GUARD_FETCH_H */
