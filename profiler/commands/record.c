// SPDX-License-Identifier: BSD-2-Clause
/*
 * record.c - `wick record`: sample a target until it, the time or the user ends
 * it, then name everything and write the outputs.
 */
#include "profiler/source/budget.h"
#include "profiler/clock.h"
#include "profiler/recording/collect.h"
#include "profiler/commands/commands.h"
#include "profiler/guard/confine.h"
#include "profiler/source/events.h"
#include "profiler/guard/fetch.h"
#include "profiler/source/ksym.h"
#include "profiler/report/ledger.h"
#include "profiler/log.h"
#include "profiler/commands/naming.h"
#include "profiler/commands/options.h"
#include "profiler/report/report.h"
#include "profiler/commands/results.h"
#include "profiler/source/choose_source.h"
#include "profiler/source/source.h"
#include "profiler/commands/target.h"
#include "profiler/recording/tracker.h"
#include "profiler/source/tree.h"
#include "symbolize/symbolizer.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define PROGRESS_MS	  500
#define REPORT_NICE	  (-10)	       /* nine times the share of others */
#define DWARF_PER_ADDRESS (256 * 1024) /* half a millisecond to inflate and walk */
#define TABLES_WAIT_MS	  2000	       /* for the tables of --pid before the first tick */
#define THREAD_CHECK_MS	  100	       /* threads that end are looked for this often */
#define OWN_FDS		  3	       /* beside those of the target: signals, source, tracker */

struct recording {
	const struct record_options *opts;
	struct cpus cpus, all_cpus; /* sampled; online: a process may be mapped on any */
	struct target target;
	struct symbolizer *symbolizer;
	struct naming naming;
	struct writer *writer;
	struct ksym *ksym;
	int ksym_err;
	struct fetch *fetch; /* NULL: no DEBUGINFOD_URLS */
	struct tracker *tracker;
	struct collect *collect;
	struct sample_source *source;
	struct budget budget;
	struct ledger ledger;
	struct report report;
	int signal_fd;
	int stop_signal; /* SIGINT or SIGTERM, if one ended the sampling */
	int64_t start_ms, stop_ms, next_drain_ms;
};

/* Setting up */

/*
 * Ten thousand threads that want the CPU must not keep us from emptying the maps,
 * nor from noticing that the time is up.  What we do meanwhile is little; naming
 * afterwards is not, and shares the CPU: as ten of them do, or an answer of 60 ms takes
 * half a minute.  Not permitted: no matter.
 */
static void set_urgent(bool urgent)
{
	const struct sched_param param = { .sched_priority = urgent };

	setpriority(PRIO_PROCESS, 0, REPORT_NICE);
	sched_setscheduler(0, (urgent ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK, &param);
}

static int choose_cpus(struct recording *r)
{
	int missing, err = cpus_online(&r->all_cpus);

	if (err) {
		log_error("cannot read the list of online CPUs: %s (is /sys mounted?)",
			  strerror(-err));
		return err;
	}
	r->cpus = r->opts->source.cpus.cnt ? r->opts->source.cpus : r->all_cpus; /* borrowed */
	missing = cpus_missing(&r->cpus, &r->all_cpus);
	if (missing >= 0) {
		log_error("CPU %d is not online (see /sys/devices/system/cpu/online)", missing);
		return -EINVAL;
	}
	return 0;
}

/* Every mapped file is held open, thousands on a busy machine; and events of threads. */
static void raise_open_files(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int kernel_name(void *ctx, uint64_t ip, char *name, size_t name_size)
{
	struct recording *r = ctx;

	return r->ksym ? ksym_name(r->ksym, ip, name, name_size) : r->ksym_err;
}

static int open_symbolizer(struct recording *r)
{
	struct symbolizer_opts opts = {
		.no_demangle = r->opts->names.no_demangle,
		.no_inlines = r->opts->names.no_inlines,
		.no_lines = !results_want_lines(r->opts),
		.dwarf_per_address = DWARF_PER_ADDRESS,
		.kernel_name = kernel_name,
		.kernel_ctx = r,
	};
	int err = fetch_open(r->opts->names.debuginfod_timeout_s, &r->fetch);

	r->ksym_err = ksym_open(&r->ksym);
	if (r->fetch)
		opts.debug =
			(struct debuginfo_opts){ .fetch = fetch_debug_file, .fetch_ctx = r->fetch };
	naming_set_opts(&r->naming, r->opts->names.symbolize_mem_mib, &opts);
	if (!err)
		err = symbolizer_new(&opts, &r->symbolizer);
	if (err)
		log_error("cannot begin: %s", strerror(-err));
	return err;
}

static int open_source(struct recording *r)
{
	struct source_opts opts = r->opts->source;

	opts.cpus = r->cpus;
	opts.filter = r->target.filter;
	opts.targets = r->target.ids;
	opts.cgroup_fd = r->target.cgroup_fd;
	if (r->opts->max_overhead)
		opts.divisor_max = governor_divisor_max(opts.freq_hz);
	if (opts.filter == FILTER_NONE)
		opts.targets = (struct id_list){ 0 };
	return source_open(&opts, &r->source);
}

/* Everything is attached, no foreign file was looked at, and there is one thread. */
static int give_up_privileges(const struct recording *r)
{
	const pid_t signalled[] = { r->target.cmd, fetch_pid(r->fetch) };
	int err = confine(CONFINE_SAMPLING, signalled, 2, r->target.cmd != 0);

	if (err)
		log_error("cannot give up privileges: %s", strerror(-err));
	return err;
}

/*
 * Before the first tick, those that were named and, with --children, what they have
 * started: it may have ended before its first sample is seen.
 */
static int track_named(struct recording *r)
{
	struct id_list family = { 0 }, named = r->opts->pids;
	int err = 0;

	if (r->opts->children) {
		err = tree_processes(&r->opts->pids, &family);
		named = family;
	}
	for (size_t i = 0; i < named.cnt && !err; i++)
		err = tracker_sampled(r->tracker, (uint32_t)named.ids[i]);
	if (!err && named.cnt)
		tracker_wait(r->tracker, TABLES_WAIT_MS);
	free(family.ids);
	return err;
}

/* Before anything is read: what is mapped from now on is seen. */
static int open_tracker(struct recording *r)
{
	struct tracker_opts opts = {
		.cpus = &r->all_cpus,
		.symbolizer = r->symbolizer,
		.only = &r->opts->pids,
		.children = r->opts->children,
		.kernel_tables = source_tables(r->source),
		.scope = r->source->scope,
		.mem_max = (size_t)r->opts->unwind_mem_mib << 20,
	};
	int err = tracker_open(&opts, &r->tracker);

	if (err)
		return err;
	err = collect_new(r->tracker, &r->collect);
	if (err)
		log_error("cannot begin: %s", strerror(-err));
	if (!err)
		err = give_up_privileges(r);
	return err ? err : track_named(r);
}

static int open_signals(struct recording *r)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	r->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signal_fd < 0 ? -errno : 0;
}

static int set_up(struct recording *r)
{
	int err = events_check_rate(r->opts->source.freq_hz);

	if (!err)
		err = results_prepare(r->opts, &r->writer);
	if (!err)
		err = choose_cpus(r);
	if (!err)
		err = open_signals(r);
	if (!err)
		err = target_init(r->opts, &r->target);
	/* After the command was forked: its priority and its limit are its own. */
	set_urgent(true);
	raise_open_files();
	if (!err)
		err = open_source(r);
	if (!err)
		err = open_symbolizer(r);
	if (!err)
		err = open_tracker(r);
	return err;
}

/* Sampling */

static void show_progress(struct recording *r, int64_t now)
{
	struct source_stats stats;
	uint64_t lost = 0;

	if (!isatty(STDERR_FILENO))
		return;
	source_read_stats(r->source, &stats);
	for (size_t i = 0; i < stats.lost_cnt; i++)
		lost += stats.lost[i].cnt;
	log_progress("%.0f s, %llu samples, %llu lost (Ctrl-C ends)",
		     (double)(now - r->start_ms) / 1000, (unsigned long long)stats.stored,
		     (unsigned long long)lost);
}

static bool read_signals(struct recording *r)
{
	struct signalfd_siginfo info;

	while (read(r->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			r->stop_signal = (int)info.ssi_signo;
	}
	return r->stop_signal != 0;
}

static int64_t deadline_ms(const struct recording *r)
{
	return r->opts->duration_s ? r->start_ms + (int64_t)(r->opts->duration_s * 1000)
				   : INT64_MAX;
}

static int wait_timeout(const struct recording *r, int64_t now)
{
	int64_t until = r->next_drain_ms, deadline = deadline_ms(r);
	int64_t most = r->target.tids.cnt ? THREAD_CHECK_MS : PROGRESS_MS;

	if (until > deadline)
		until = deadline;
	if (until > now + most)
		until = now + most;
	return until > now ? (int)(until - now) : 0;
}

static int wait_for_news(struct recording *r, struct pollfd *fds)
{
	fds[0] = (struct pollfd){ .fd = r->signal_fd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = source_fd(r->source), .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = tracker_fd(r->tracker), .events = POLLIN };
	for (size_t i = 0; i < r->target.end_cnt; i++)
		fds[OWN_FDS + i] = (struct pollfd){ .fd = r->target.ends[i].fd, .events = POLLIN };
	if (poll(fds, OWN_FDS + r->target.end_cnt, wait_timeout(r, now_ms())) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static int drain_due(struct recording *r, const struct source_sink *sink, int64_t now)
{
	bool all = now >= r->next_drain_ms;
	int err;

	if (all) {
		budget_check(&r->budget);
		r->next_drain_ms = now + source_interval_ms(r->source);
	}
	err = source_drain(r->source, sink, all);
	/* Afterwards: then whatever a sampled process mapped before its samples is in there. */
	if (!err)
		err = tracker_drain(r->tracker, TRACKER_NOW);
	return err ? err : collect_walk_copies(r->collect, false);
}

static int sample_until_end(struct recording *r)
{
	struct pollfd *fds = calloc(OWN_FDS + r->target.end_cnt, sizeof(*fds));
	struct source_sink sink = collect_sink(r->collect);
	int64_t now = r->start_ms, next_progress = now + PROGRESS_MS;
	int err = fds ? 0 : -ENOMEM;

	while (!err && now < deadline_ms(r)) {
		err = wait_for_news(r, fds);
		now = now_ms();
		if (!err)
			err = drain_due(r, &sink, now);
		if (read_signals(r) || target_ended(&r->target))
			break;
		if (now >= next_progress) {
			show_progress(r, now);
			next_progress = now + PROGRESS_MS;
		}
	}
	log_progress("%s", "");
	free(fds);
	return err;
}

static int sample(struct recording *r)
{
	struct source_sink sink = collect_sink(r->collect);
	int err, end_err;

	err = source_start(r->source);
	if (err)
		return err;
	r->start_ms = now_ms();
	r->ledger.start_ns = (int64_t)clock_ns(CLOCK_REALTIME); /* a date, and no measure */
	budget_begin(&r->budget, r->source, r->opts->max_overhead, r->opts->source.freq_hz,
		     r->cpus.cnt);
	r->next_drain_ms = r->start_ms + source_interval_ms(r->source);
	err = target_release(&r->target);
	if (err) {
		log_error("cannot start %s: %s", r->opts->cmd[0], strerror(-err));
		return err;
	}
	err = sample_until_end(r);
	source_stop(r->source);
	r->stop_ms = now_ms();
	r->ledger.budget = budget_end(&r->budget);
	end_err = source_drain(r->source, &sink, true);
	if (!end_err)
		end_err = tracker_drain(r->tracker, TRACKER_NOW);
	set_urgent(false);
	tracker_wait(r->tracker, TABLES_WAIT_MS);
	if (!end_err)
		end_err = collect_walk_copies(r->collect, true);
	if (err || end_err)
		log_error("cannot read the samples: %s", strerror(-(err ? err : end_err)));
	return err ? err : end_err;
}

/* Reporting */

static void take_stock(struct recording *r)
{
	r->ledger.event = r->opts->source.event->name;
	r->ledger.freq_hz = r->opts->source.freq_hz;
	r->ledger.duration_s = (double)(r->stop_ms - r->start_ms) / 1000;
	r->ledger.cpu_cnt = r->cpus.cnt;
	source_read_stats(r->source, &r->ledger.source);
	r->ledger.tier_why = r->source->why;
	r->ledger.source.stored = collect_count(r->collect);
	r->ledger.weight = collect_weight(r->collect);
	tracker_totals(r->tracker, &r->ledger.tracker);
}

static void summarize(struct recording *r)
{
	if (!r->ledger.source.stored)
		log_warn("no samples: %s did not run on a CPU",
			 r->opts->pids.cnt || r->opts->tids.cnt ? "the process"
			 : r->opts->cmd				? "the command"
								: "the target");
	report_print_hottest(&r->report, r->ledger.weight);
	ledger_print(&r->ledger);
}

static int finish(struct recording *r)
{
	int err;

	take_stock(r);
	err = report_build(r->collect, r->symbolizer, &r->opts->report, &r->ledger, &r->report);
	naming_done(&r->naming);
	if (err) {
		log_error("cannot name the samples: %s", strerror(-err));
		return err;
	}
	fetch_totals(r->fetch, &r->ledger.fetch);
	err = results_write(r->opts, r->writer, &r->report, &r->ledger);
	r->ledger.report_s = (double)(now_ms() - r->stop_ms) / 1000;
	if (!err)
		err = results_write_stats(r->opts, r->writer, &r->ledger);
	summarize(r);
	return err;
}

/* From here on a signal ends wick at once. */
static void restore_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void tear_down(struct recording *r)
{
	report_fini(&r->report);
	ledger_fini(&r->ledger);
	collect_free(r->collect);
	tracker_close(r->tracker);
	symbolizer_free(r->symbolizer);
	ksym_close(r->ksym);
	fetch_close(r->fetch);
	source_close(r->source);
	target_fini(&r->target);
	cpus_fini(&r->all_cpus);
	if (r->signal_fd >= 0)
		close(r->signal_fd);
	writer_close(r->writer); /* after the command that was not released: it shares the socket */
}

static int exit_status(struct recording *r, int err)
{
	if (err && r->opts->cmd && !r->start_ms)
		return EXIT_FAILURE;
	if (err == -ENOENT && r->opts->cmd)
		return EXIT_CMD_NOT_FOUND;
	if (err == -EACCES && r->opts->cmd)
		return EXIT_CMD_NOT_EXECUTABLE;
	if (err)
		return EXIT_FAILURE;
	return r->opts->cmd ? target_exit_status(&r->target) : EXIT_SUCCESS;
}

int command_record(int argc, char **argv)
{
	struct record_options opts;
	struct recording r = { .opts = &opts, .signal_fd = -1 };
	int err, status;

	options_parse_record(argc, argv, &opts);
	log_set_level((enum log_level)opts.verbosity);
	err = set_up(&r);
	if (!err)
		err = sample(&r);
	restore_signals();
	if (!err)
		err = finish(&r);
	/* A command outlives --duration, not an interrupted recording: as perf has it. */
	if (!err)
		target_end_command(&r.target, r.stop_signal ? SIGTERM : 0);
	if (err && !log_error_said())
		log_error("cannot record: %s", strerror(-err));
	status = exit_status(&r, err);
	tear_down(&r);
	options_fini_record(&opts);
	return status;
}
