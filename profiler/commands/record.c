// SPDX-License-Identifier: BSD-2-Clause
/*
 * record.c - `wick record`: sample a target until it, the time or the user ends
 * it, then name everything and write the outputs.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/clock.h"
#include "profiler/commands/commands.h"
#include "profiler/commands/interrupt.h"
#include "profiler/commands/no_samples.h"
#include "profiler/commands/results.h"
#include "profiler/commands/sampling.h"
#include "profiler/commands/session.h"
#include "profiler/guard/fetch.h"
#include "profiler/log.h"
#include "profiler/recording/collect.h"
#include "profiler/recording/tracker.h"
#include "profiler/report/distro.h"
#include "profiler/report/report.h"
#include "profiler/source/helpers.h"

static void take_stock(struct session *s)
{
	s->ledger.event = s->opts->source.event->name;
	s->ledger.freq_hz = s->opts->source.freq_hz;
	s->ledger.duration_s = (double)(s->stop_ms - s->start_ms) / 1000;
	s->ledger.cpu_cnt = s->cpus.cnt;
	s->ledger.is_time = event_is_time(s->opts->source.event) && !s->opts->source.idle;
	s->ledger.is_system = s->target.filter == FILTER_NONE;
	source_read_stats(s->source, &s->ledger.source);
	s->ledger.tier_why = s->source->why;
	s->ledger.source.stored = collect_count(s->collect);
	s->ledger.weight = collect_weight(s->collect);
	tracker_totals(s->tracker, &s->ledger.tracker);
}

static void summarize(struct session *s, const struct report *report)
{
	struct distro distro;

	if (!s->ledger.source.stored)
		no_samples_explain(s);
	report_print_hottest(report, s->ledger.weight);
	if (s->opts->verbosity >= LOG_NORMAL) {
		distro_read("", &distro);
		s->ledger.unnamed.distro = &distro;
	}
	ledger_print(&s->ledger);
	s->ledger.unnamed.distro = NULL;
}

static int write_all(struct session *s, const struct report *report)
{
	int err = results_write(s->opts, s->writer, report, &s->ledger), stats_err;

	s->ledger.report_s = (double)(now_ms() - s->stop_ms) / 1000;
	stats_err = results_write_stats(s->opts, s->writer, &s->ledger);
	return err ? err : stats_err;
}

/* What is not named in time, or after a signal, is left; what there is is written. */
static void tell_cut_short(struct session *s)
{
	static const char *const words[NAMING_END_CNT] = {
		[NAMING_INTERRUPTED] = "signal",
		[NAMING_LATE] = "timeout",
	};

	s->ledger.cut_short = words[s->naming.end];
	if (s->naming.end == NAMING_LATE)
		log_warn("naming took longer than %g s and was cut short: names and inlined "
			 "functions are missing (a longer --report-timeout, or --no-inlines)",
			 s->opts->report_timeout_s);
	else if (s->naming.end)
		log_warn("naming was cut short by a signal: names and inlined functions are "
			 "missing (once more ends wick without writing)");
}

static int finish(struct session *s)
{
	struct report report;
	int err;

	take_stock(s);
	s->naming.deadline_ms = s->stop_ms + (int64_t)(s->opts->report_timeout_s * 1000);
	err = report_ask(s->collect, s->symbolizer, &report);
	if (!err)
		interpreted_hide(s->collect, s->symbolizer, s->opts->report.native, report.answers);
	if (!err)
		err = report_build(&report, &s->opts->report, &s->ledger);
	naming_done(&s->naming);
	if (err) {
		log_error("cannot name the samples: %s", strerror(-err));
		goto out;
	}
	tell_cut_short(s);
	fetch_totals(s->fetch, &s->ledger.fetch);
	s->ledger.helpers_ns = helpers_cpu_ns(s->target.cmd);
	err = write_all(s, &report);
	summarize(s, &report);
out:
	report_fini(&report);
	return err;
}

/* A command outlives --duration, not an interrupted recording: as perf has it. */
static void end_command(struct session *s)
{
	bool is_interrupted = s->stop_signal || interrupt_came();

	interrupt_end();
	target_end_command(&s->target, is_interrupted ? SIGTERM : 0);
}

static int exit_status(struct session *s, int err)
{
	if (err && !s->target.exec_err)
		return EXIT_FAILURE;
	return s->opts->cmd ? target_exit_status(&s->target) : EXIT_SUCCESS;
}

int command_record(int argc, char **argv)
{
	struct record_options opts;
	struct session s;
	int err, status, finish_err = 0;

	options_parse_record(argc, argv, &opts);
	log_set_level((enum log_level)opts.verbosity);
	err = session_open(&opts, &s);
	if (!err)
		err = sampling_run(&s);
	interrupt_begin(s.stop_signal ? s.stop_ms : 0);
	if (s.stop_ms) { /* what was sampled is written, also if something failed meanwhile */
		finish_err = finish(&s);
		end_command(&s);
	}
	err = err ? err : finish_err;
	if (err && !log_error_said())
		log_error("cannot record: %s", strerror(-err));
	status = exit_status(&s, err);
	session_close(&s);
	options_fini_record(&opts);
	return status;
}
