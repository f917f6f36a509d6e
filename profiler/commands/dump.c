// SPDX-License-Identifier: BSD-2-Clause
/*
 * dump.c - `wick dump`: the stacks of all threads of a process, once.  It is a recording without
 * ticks: its source hands over each thread as it is.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "profiler/commands/commands.h"
#include "profiler/commands/interrupt.h"
#include "profiler/commands/process_kind.h"
#include "profiler/commands/session.h"
#include "profiler/commands/stack_print.h"
#include "profiler/log.h"
#include "profiler/parsing/parser.h"
#include "profiler/recording/collect.h"
#include "profiler/recording/look.h"
#include "profiler/recording/tracker.h"
#include "profiler/report/report.h"
#include "profiler/source/source.h"
#include "symbolize/symbolizer.h"

#define UNWIND_MEM_MIB 256   /* as `wick record` has it */
#define NAMING_MS      30000 /* likewise */
#define FREQ_HZ	       1     /* nothing ticks: any rate that the kernel allows */

/* What is open beside the session. */
struct dump {
	const struct dump_options *opts;
	struct record_options record;
	struct session session;
	struct look look;
	int memory; /* /proc/PID/mem */
};

static void set_record(struct dump *d)
{
	const struct dump_options *opts = d->opts;

	d->record = (struct record_options){
		.source = { .once = true,
			    .memory_fd = d->memory,
			    .per_thread = true,
			    .freq_hz = FREQ_HZ,
			    .no_interpreters = opts->no_interpreters },
		.report = { .native = opts->native, .lines = true },
		.pids = { .ids = (pid_t *)&opts->pid, .cnt = 1 },
		.names = opts->names,
		.unwind_mem_mib = UNWIND_MEM_MIB,
		.verbosity = opts->verbosity,
	};
}

/* From here on a signal ends wick, whatever it waits for: it has nothing to clean up. */
static void let_signals_end_it(void)
{
	sigset_t signals;

	interrupt_signals(&signals);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

/* How the interpreter is walked, if there is one; that it is not is told. */
static bool find_interpreter(struct dump *d, struct interpreter *out)
{
	const struct interpreter_attacher attacher = { parser_attach, d->session.name_parser };
	char name[INTERPRETER_NAME_SIZE];
	struct interpreter_file file;
	int err;

	if (d->opts->no_interpreters)
		return false;
	err = tracker_interpreter(d->session.tracker, (uint32_t)d->opts->pid,
				  SESSION_TABLES_WAIT_MS, &attacher, d->memory, &file, out);
	if (err && file.kind != INTERPRETER_NONE)
		log_warn("%s of process %d: native frames only: %s", interpreter_name(&file, name),
			 d->opts->pid,
			 interpreter_unread_words(interpreter_unread_of(&file, err))->text);
	return !err;
}

static int take(struct dump *d)
{
	struct session *s = &d->session;
	struct source_sink to = collect_sink(s->collect), sink;
	struct interpreter interpreter;
	bool is_interpreted;
	int err = tracker_drain(s->tracker, TRACKER_NOW);

	if (err)
		return err;
	is_interpreted = find_interpreter(d, &interpreter);
	err = look_init(&d->look, d->memory, is_interpreted ? &interpreter : NULL, &to);
	sink = look_sink(&d->look);
	if (!err)
		err = source_start(s->source);
	if (!err)
		err = source_drain(s->source, &sink, true);
	if (!err)
		err = collect_walk_copies(s->collect, false); /* the first has tables be built */
	tracker_wait(s->tracker, SESSION_TABLES_WAIT_MS);
	if (!err)
		err = tracker_drain(s->tracker, TRACKER_NOW);
	return err ? err : collect_walk_copies(s->collect, true);
}

static void print_thread(const struct dump *d, const struct report *report,
			 const struct collect_cursor *at)
{
	const struct collect_sample *sample = at->sample;
	const struct interpreter_plug *plug = interpreter_plug(sample->interpreter);
	size_t cnt = at->user_cnt + at->kernel_cnt;
	uint32_t state;
	bool has_state = look_state(&d->look, sample->tid, &state);

	stack_print_thread(stdout, sample->tid, sample->comm, has_state ? &state : NULL);
	for (size_t i = 0; i < cnt; i++) {
		/* The kernel's frames come first: they are the innermost. */
		size_t nr = i < at->kernel_cnt ? at->user_cnt + i : i - at->kernel_cnt;
		struct collect_frame frame = collect_frame(at, nr);
		uint32_t id = report->answers[at->first_frame + nr];

		if (id != REPORT_HIDDEN)
			stack_print_frame(stdout, frame.ip, frame.is_kernel,
					  symbolizer_answer(report->symbolizer, id));
	}
	if (at->user_cnt && !report_is_complete(sample, report_outermost(report, at)))
		stack_print_incomplete(stdout, NULL);
	if (plug && sample->interpreter_end != INTERPRETER_COMPLETE &&
	    sample->interpreter_end != INTERPRETER_NO_STATE)
		stack_print_incomplete(stdout, plug->name);
}

static void tell_left_out(const struct dump *d)
{
	struct source_stats stats;

	source_read_stats(d->session.source, &stats);
	if (stats.lost[0].cnt)
		log_warn("process %d has more threads than are shown: %llu of %llu are left out",
			 d->opts->pid, (unsigned long long)stats.lost[0].cnt,
			 (unsigned long long)stats.ticks);
}

static int print(struct dump *d)
{
	struct session *s = &d->session;
	struct collect_cursor at = { 0 };
	struct report report;
	int err;

	s->naming.deadline_ms = now_ms() + NAMING_MS;
	err = report_ask(s->collect, s->symbolizer, &report);
	naming_done(&s->naming);
	if (!err)
		interpreted_hide(s->collect, s->symbolizer, d->opts->native, report.answers);
	for (bool more = false; !err && collect_next(s->collect, &at); more = true) {
		if (more)
			putchar('\n');
		print_thread(d, &report, &at);
	}
	report_fini(&report);
	if (!err && fflush(stdout))
		err = -errno;
	tell_left_out(d);
	return err;
}

static int dump(struct dump *d)
{
	int err = session_open(&d->record, &d->session);

	if (err)
		return err;
	let_signals_end_it();
	session_set_urgent(&d->session, false);
	err = take(d);
	if (!err && !collect_count(d->session.collect)) {
		log_error("process %d has ended", d->opts->pid);
		return -ESRCH;
	}
	return err ? err : print(d);
}

int command_dump(int argc, char **argv)
{
	struct dump_options opts;
	struct dump d = { .opts = &opts, .memory = -1 };
	int err;

	options_parse_dump(argc, argv, &opts);
	log_set_level((enum log_level)opts.verbosity);
	if (process_kind_check(opts.pid))
		return EXIT_FAILURE;
	d.memory = process_memory_open(opts.pid);
	if (d.memory < 0) {
		log_error("cannot read the memory of process %d: %s (try sudo)", opts.pid,
			  strerror(-d.memory));
		return EXIT_FAILURE;
	}
	set_record(&d);
	err = dump(&d);
	if (err && !log_error_said())
		log_error("cannot show the stacks of process %d: %s", opts.pid, strerror(-err));
	look_fini(&d.look);
	session_close(&d.session);
	close(d.memory);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
