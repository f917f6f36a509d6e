/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * results.h - what `wick record` writes: the profile in each format that was asked
 * for, and the ledger.
 *
 * Errors: 0 or a negative errno; the reason has been logged.
 */
#ifndef PROFILER_COMMANDS_RESULTS_H
#define PROFILER_COMMANDS_RESULTS_H

#include "profiler/report/ledger.h"
#include "profiler/commands/options.h"
#include "profiler/report/report.h"
#include "profiler/guard/writer.h"

/* Start the process that will write.  On success it has opened every output. */
int results_prepare(const struct record_options *opts, struct writer **writer);

/* True if one of the outputs shows source lines. */
bool results_want_lines(const struct record_options *opts);

/* Write each output. */
int results_write(const struct record_options *opts, struct writer *writer,
		  const struct report *report, const struct ledger *ledger);

/* Write --stats, if it was given. */
int results_write_stats(const struct record_options *opts, struct writer *writer,
			const struct ledger *ledger);

#endif /* PROFILER_COMMANDS_RESULTS_H */
