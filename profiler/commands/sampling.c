// SPDX-License-Identifier: BSD-2-Clause
/* sampling.c - see sampling.h. */
#include "profiler/commands/sampling.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "profiler/commands/session.h"
#include "profiler/log.h"
#include "profiler/parsing/opener_process.h"
#include "profiler/parsing/parser.h"
#include "profiler/recording/collect.h"
#include "profiler/recording/tracker.h"
#include "profiler/resident.h"

#define PROGRESS_MS	500
#define THREAD_CHECK_MS 100 /* threads that end are looked for this often */
/*
 * A twentieth of a CPU goes before what all others do, and 150 ms at once, as the start may take;
 * whoever makes us work more than that shall not have us keep others from theirs.
 */
#define TURNS_ONE_OF   20
#define URGENT_DEBT_NS 3000000000ULL
/* Mappings are looked at as they are made, unless that costs so much: then in turns. */
#define PACED_DEBT_NS 2000000000ULL
#define PACE_MS	      10 /* before a ring is full of the shortest records */

#define OWN_FDS 3 /* beside those of the target: signals, source, tracker */

static void show_progress(struct session *s, int64_t now)
{
	struct source_stats stats;
	uint64_t lost = 0;

	if (!isatty(STDERR_FILENO))
		return;
	source_read_stats(s->source, &stats);
	for (size_t i = 0; i < stats.lost_cnt; i++)
		lost += stats.lost[i].cnt;
	log_progress("%.0f s, %llu samples, %llu lost (Ctrl-C ends)",
		     (double)(now - s->start_ms) / 1000, (unsigned long long)stats.stored,
		     (unsigned long long)lost);
}

static bool read_signals(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			s->stop_signal = (int)info.ssi_signo;
	}
	return s->stop_signal != 0;
}

static int64_t deadline_ms(const struct session *s)
{
	return s->opts->duration_s ? s->start_ms + (int64_t)(s->opts->duration_s * 1000)
				   : INT64_MAX;
}

static int wait_timeout(const struct session *s, int64_t now)
{
	int64_t until = s->next_drain_ms, deadline = deadline_ms(s);
	int64_t most = s->target.tids.cnt ? THREAD_CHECK_MS : PROGRESS_MS;

	if (until > deadline)
		until = deadline;
	if (until > now + most)
		until = now + most;
	return until > now ? (int)(until - now) : 0;
}

/* What the turn has cost, and what that means for the next ones. */
static void account_turn(struct session *s)
{
	uint64_t now = now_ns(), cpu = cpu_ns(), debt;

	allowance_charge(&s->turns, now, cpu - s->turn_cpu_ns, TURNS_ONE_OF);
	s->turn_cpu_ns = cpu;
	debt = allowance_debt_ns(&s->turns, now);
	if (s->is_urgent ? debt > URGENT_DEBT_NS : !debt)
		session_set_urgent(s, !s->is_urgent);
}

/* The tracker's fd, or -1 while what others map can wait. */
static int tracker_poll_fd(const struct session *s)
{
	return allowance_debt_ns(&s->turns, now_ns()) > PACED_DEBT_NS ? -1 : tracker_fd(s->tracker);
}

static int wait_for_news(struct session *s, struct pollfd *fds)
{
	int timeout_ms = tracker_wait_ms(s->tracker, wait_timeout(s, now_ms()));

	fds[0] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = source_fd(s->source), .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = tracker_poll_fd(s), .events = POLLIN };
	if (fds[2].fd < 0 && timeout_ms > PACE_MS)
		timeout_ms = PACE_MS;
	for (size_t i = 0; i < s->target.end_cnt; i++)
		fds[OWN_FDS + i] = (struct pollfd){ .fd = s->target.ends[i].fd, .events = POLLIN };
	if (poll(fds, OWN_FDS + s->target.end_cnt, timeout_ms) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static int drain_due(struct session *s, const struct source_sink *sink, int64_t now)
{
	bool all = now >= s->next_drain_ms;
	int err;

	if (all) {
		budget_check(&s->budget);
		s->next_drain_ms = now + source_interval_ms(s->source);
	}
	err = source_drain(s->source, sink, all);
	/* The tracker comes after: it then has all that a process mapped before its samples. */
	if (!err)
		err = tracker_drain(s->tracker, TRACKER_NOW);
	return err ? err : collect_walk_copies(s->collect, false);
}

static int sample_until_end(struct session *s)
{
	struct pollfd *fds = calloc(OWN_FDS + s->target.end_cnt, sizeof(*fds));
	struct source_sink sink = collect_sink(s->collect);
	int64_t now = s->start_ms, next_progress = now + PROGRESS_MS;
	int err = fds ? 0 : -ENOMEM;

	while (!err && now < deadline_ms(s)) {
		err = wait_for_news(s, fds);
		now = now_ms();
		if (!err)
			err = drain_due(s, &sink, now);
		s->target_over = target_ended(&s->target);
		if (read_signals(s) || s->target_over)
			break;
		account_turn(s);
		if (now >= next_progress) {
			show_progress(s, now);
			parser_rest_if_idle(s->name_parser);
			next_progress = now + PROGRESS_MS;
		}
	}
	log_progress("%s", "");
	free(fds);
	return err;
}

int sampling_run(struct session *s)
{
	struct source_sink sink = collect_sink(s->collect);
	int err, end_err;

	err = source_start(s->source);
	if (err)
		return err;
	s->start_ms = now_ms();
	s->turn_cpu_ns = cpu_ns();
	s->ledger.start_ns = (int64_t)clock_ns(CLOCK_REALTIME); /* the date, not a measure */
	budget_begin(&s->budget, s->source, s->opts->max_overhead, s->opts->source.freq_hz,
		     s->cpus.cnt, s->target.cmd);
	s->next_drain_ms = s->start_ms + source_interval_ms(s->source);
	s->target_start_ns = target_cpu_ns(&s->target);
	err = target_release(&s->target);
	if (err)
		return err;
	resident_drop(); /* much of what the start took is not needed again */
	err = sample_until_end(s);
	source_stop(s->source);
	s->stop_ms = now_ms();
	read_signals(s); /* one that came twice at once is one: see interrupt.h */
	s->ledger.budget = budget_end(&s->budget);
	end_err = source_drain(s->source, &sink, true);
	if (!end_err)
		end_err = tracker_drain(s->tracker, TRACKER_NOW);
	session_set_urgent(s, false);
	opener_process_be_patient(s->opener);
	tracker_wait(s->tracker, SESSION_TABLES_WAIT_MS);
	resident_drop();
	if (!end_err)
		end_err = collect_walk_copies(s->collect, true);
	if (err || end_err)
		log_error("cannot read the samples: %s", strerror(-(err ? err : end_err)));
	return err ? err : end_err;
}
