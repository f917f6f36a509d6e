// SPDX-License-Identifier: BSD-2-Clause
/* session.c - see session.h. */
#include "profiler/commands/session.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "profiler/commands/interrupt.h"
#include "profiler/commands/results.h"
#include "profiler/guard/confine.h"
#include "profiler/guard/fetch.h"
#include "profiler/guard/inherited.h"
#include "profiler/guard/writer.h"
#include "profiler/log.h"
#include "profiler/parsing/opener_process.h"
#include "profiler/parsing/parser.h"
#include "profiler/parsing/parser_process.h"
#include "profiler/parsing/zygote.h"
#include "profiler/recording/collect.h"
#include "profiler/recording/tracker.h"
#include "profiler/source/choose_source.h"
#include "profiler/source/events.h"
#include "profiler/source/ksym.h"
#include "profiler/source/tree.h"
#include "symbolize/symbolizer.h"

#define REPORT_NICE	  (-10)	       /* nine times the share of others */
#define DWARF_PER_ADDRESS (256 * 1024) /* half a millisecond to inflate and walk */

/*
 * Ten thousand threads that want the CPU must not keep us from emptying the maps, nor from
 * noticing that the time is up.  We do little meanwhile, or sampling.c gives it up; naming
 * afterwards is much, and shares the CPU as ten of them do, or an answer of 60 ms takes half a
 * minute.
 */
void session_set_urgent(struct session *s, bool urgent)
{
	const struct sched_param param = { .sched_priority = urgent };

	s->is_urgent = urgent;
	setpriority(PRIO_PROCESS, 0, REPORT_NICE);
	sched_setscheduler(0, (urgent ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK, &param);
}

static int choose_cpus(struct session *s)
{
	int missing, err = cpus_online(&s->all_cpus);

	if (err) {
		log_error("cannot read the list of online CPUs: %s (is /sys mounted?)",
			  strerror(-err));
		return err;
	}
	s->cpus = s->opts->source.cpus.cnt ? s->opts->source.cpus : s->all_cpus; /* borrowed */
	missing = cpus_missing(&s->cpus, &s->all_cpus);
	if (missing >= 0) {
		log_error("CPU %d is not online (see /sys/devices/system/cpu/online)", missing);
		return -EINVAL;
	}
	return 0;
}

static int kernel_name(void *ctx, uint64_t ip, char *name, size_t name_size)
{
	struct session *s = ctx;

	return s->ksym ? ksym_name(s->ksym, ip, name, name_size) : s->ksym_err;
}

/* While there are one thread and little memory, which the zygote and its children have too. */
static int open_parsers(struct session *s)
{
	int err = zygote_open(parser_process_run, &s->zygote);

	if (!err)
		err = opener_process_open(&s->opener);
	if (!err)
		err = parser_open(s->zygote, &s->name_parser);
	if (!err)
		err = parser_open(s->zygote, &s->row_parser);
	if (err)
		log_error("cannot start the processes that read other programs' files: %s",
			  strerror(-err));
	return err;
}

static int open_symbolizer(struct session *s)
{
	struct symbolizer_opts opts = {
		.no_demangle = s->opts->names.no_demangle,
		.no_inlines = s->opts->names.no_inlines,
		.no_lines = !s->opts->source.once && !results_want_lines(s->opts),
		.dwarf_per_address = DWARF_PER_ADDRESS,
		.kernel_name = kernel_name,
		.kernel_ctx = s,
		.resolver = parser_resolve,
		.read_headers = parser_read_headers,
		.resolver_ctx = s->name_parser,
	};
	int err = fetch_open(s->opts->names.debuginfod_timeout_s, &s->fetch);

	s->ksym_err = ksym_open(&s->ksym);
	fetch_set_stop(s->fetch, naming_is_over, &s->naming);
	opts.debug.opener = opener_process_opener(s->opener);
	if (s->fetch) {
		opts.debug.fetch = fetch_debug_file;
		opts.debug.fetch_ctx = s->fetch;
	}
	naming_set_opts(&s->naming, s->opts->names.symbolize_mem_mib, &opts);
	if (!err)
		err = symbolizer_new(&opts, &s->symbolizer);
	if (err)
		log_error("cannot begin: %s", strerror(-err));
	return err;
}

static int open_source(struct session *s)
{
	struct source_opts opts = s->opts->source;

	opts.cpus = s->cpus;
	opts.filter = s->target.filter;
	opts.targets = s->target.ids;
	opts.cgroup_fd = s->target.cgroup_fd;
	opts.lines = s->opts->report.lines || results_want_lines(s->opts);
	if (s->opts->max_overhead)
		opts.divisor_max = governor_divisor_max(opts.freq_hz);
	if (opts.filter == FILTER_NONE)
		opts.targets = (struct id_list){ 0 };
	return source_open(&opts, &s->source);
}

/* By now everything is attached; no foreign file was read, and there is one thread. */
static int give_up_privileges(const struct session *s)
{
	const pid_t signalled[] = { s->target.cmd, fetch_pid(s->fetch) };
	int err = confine(CONFINE_SAMPLING, signalled, 2, s->target.cmd != 0);

	if (err)
		log_error("cannot give up privileges: %s", strerror(-err));
	return err;
}

/*
 * Read the processes that were named and, with --children, those below them before the first
 * tick: one may have ended before its first sample is seen.
 */
static int track_named(struct session *s)
{
	struct id_list family = { 0 }, named = s->opts->pids;
	int err = 0;

	if (s->opts->children) {
		err = tree_processes(&s->opts->pids, &family);
		named = family;
	}
	for (size_t i = 0; i < named.cnt && !err; i++)
		err = tracker_sampled(s->tracker, (uint32_t)named.ids[i]);
	if (!err && named.cnt)
		tracker_wait(s->tracker, SESSION_TABLES_WAIT_MS);
	free(family.ids);
	return err;
}

/* Open it before anything is read, so that it sees what is mapped from then on. */
static int open_tracker(struct session *s)
{
	struct tracker_opts opts = {
		.cpus = &s->all_cpus,
		.symbolizer = s->symbolizer,
		.only = &s->opts->pids,
		.children = s->opts->children,
		.kernel_tables = source_tables(s->source),
		.scope = s->source->scope,
		.mem_max = (size_t)s->opts->unwind_mem_mib << 20,
		.loader = { parser_load_rows, parser_cancel, parser_rest, s->row_parser },
		.attacher = { parser_attach, s->name_parser },
	};
	int err = tracker_open(&opts, &s->tracker);

	if (err)
		return err;
	err = collect_new(s->tracker, &s->collect);
	if (err)
		log_error("cannot begin: %s", strerror(-err));
	if (!err)
		err = give_up_privileges(s);
	return err ? err : track_named(s);
}

static int open_signals(struct session *s)
{
	sigset_t signals;

	interrupt_signals(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	s->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? -errno : 0;
}

/* What is open when it fails is session_close()'s to close. */
int session_open(const struct record_options *opts, struct session *s)
{
	int err;

	*s = (struct session){
		.opts = opts,
		.target = { .cgroup_fd = -1, .go_fd = -1, .exec_fd = -1 },
		.signal_fd = -1,
	};
	err = events_check_rate(opts->source.freq_hz);
	if (err)
		return err;
	err = results_prepare(opts, &s->writer);
	if (err)
		return err;
	err = choose_cpus(s);
	if (err)
		return err;
	err = open_signals(s);
	if (err)
		return err;
	err = open_parsers(s);
	if (err)
		return err;
	err = target_init(opts, &s->target);
	if (err)
		return err;
	/* After the command was forked: its descriptors, its priority and its limit are its own. */
	inherited_close((char *const[]){ NULL }); /* outputs have copies of theirs */
	session_set_urgent(s, true);
	writer_raise_open_files();
	err = open_source(s);
	if (err)
		return err;
	err = open_symbolizer(s);
	return err ? err : open_tracker(s);
}

void session_close(struct session *s)
{
	ledger_fini(&s->ledger);
	collect_free(s->collect);
	tracker_close(s->tracker);
	symbolizer_free(s->symbolizer);
	parser_close(s->name_parser);
	parser_close(s->row_parser);
	opener_process_close(s->opener);
	ksym_close(s->ksym);
	fetch_close(s->fetch);
	source_close(s->source);
	target_fini(&s->target);
	cpus_fini(&s->all_cpus);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	/* After the command that was not released: it shares their sockets. */
	zygote_close(s->zygote);
	writer_close(s->writer);
}
