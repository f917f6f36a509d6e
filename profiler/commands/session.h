/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session.h - everything that is open while `wick record` runs: whose samples they are, where
 * they come from, and what keeps and names them.
 *
 * Life:      session_open() -> sampling_run() -> what is reported -> session_close(),
 *            which is called after any failure, too.
 * Ownership: the session's, but for the options and the CPUs sampled, which are borrowed.
 * Errors:    0 or a negative errno; the reason has been logged, or is the caller's to log if
 *            log_error_said() denies it.
 * Threads:   one; the tracker starts another for its tables.
 */
#ifndef PROFILER_COMMANDS_SESSION_H
#define PROFILER_COMMANDS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/allowance.h"
#include "profiler/commands/naming.h"
#include "profiler/commands/options.h"
#include "profiler/commands/target.h"
#include "profiler/report/ledger.h"
#include "profiler/source/budget.h"

#define SESSION_TABLES_WAIT_MS 2000 /* for tables, before the first tick and after the last */

struct collect;
struct fetch;
struct ksym;
struct opener_process;
struct parser;
struct sample_source;
struct symbolizer;
struct tracker;
struct writer;
struct zygote;

struct session {
	const struct record_options *opts;
	struct cpus cpus;     /* those that are sampled */
	struct cpus all_cpus; /* those online: a process may be mapped on any */
	struct target target;
	struct opener_process *opener;
	struct zygote *zygote;
	struct parser *name_parser,
		*row_parser; /* of this thread, and of the one that builds tables */
	struct symbolizer *symbolizer;
	struct naming naming;
	struct writer *writer;
	struct ksym *ksym;
	int ksym_err;	     /* why ksym is NULL */
	struct fetch *fetch; /* NULL: there is no DEBUGINFOD_URLS */
	struct tracker *tracker;
	struct collect *collect;
	struct sample_source *source;
	struct budget budget;
	struct allowance turns; /* CPU time of the loop, of which TURNS_ONE_OF is no trouble */
	uint64_t turn_cpu_ns;	/* what the thread had used when the last turn ended */
	bool is_urgent;
	struct ledger ledger;
	uint64_t target_start_ns; /* target_cpu_ns() when it began */
	bool target_over;	  /* it ended the sampling by its own end */
	int signal_fd;
	int stop_signal; /* the one that ended the sampling, see interrupt.h; 0: none */
	int64_t start_ms, stop_ms, next_drain_ms;
};

/* Open all that a recording needs; nothing is sampled yet.  Privileges are given up. */
int session_open(const struct record_options *opts, struct session *out);
void session_close(struct session *session);

/* Go before other tasks, or share the CPU with them; what is not permitted is left. */
void session_set_urgent(struct session *session, bool urgent);

#endif /* PROFILER_COMMANDS_SESSION_H */
