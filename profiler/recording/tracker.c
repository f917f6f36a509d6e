// SPDX-License-Identifier: BSD-2-Clause
/* tracker.c - see tracker.h. */
#include "profiler/recording/tracker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "profiler/allowance.h"
#include "profiler/clock.h"
#include "profiler/log.h"
#include "profiler/recording/kernel_view.h"
#include "profiler/recording/sideband.h"
#include "profiler/recording/tracked.h"
#include "profiler/recording/unwind.h"
#include "profiler/tables/mapping_tables.h"
#include "symbolize/process/process.h"
#include "symbolize/symbolizer.h"

/* How soon the mappings of one process may be read again: each time after twice the time. */
#define REREAD_FIRST_NS 100000000ULL
#define REREAD_LAST_NS	(10ULL * 1000000000)
/*
 * Following what one process maps may take 2 % of a CPU, of all together 5 %; and more for a
 * moment: a million mappings a second are nothing to whom makes them.
 */
#define EACH_ONE_OF    50
#define EACH_DEBT_NS   1000000000ULL
#define ALL_ONE_OF     20
#define ALL_DEBT_NS    2000000000ULL
#define FEW_DEBT_NS    3200000ULL /* of a process that mapped 64 libraries: it is not the reason */
#define RECOVER_ONE_OF 50
/* What it costs to add a mapping, and that for each of those to be moved. */
#define ADD_NS	    1000
#define ADD_EACH_NS 2

#define LARGE	  1024 /* mappings of a process that is not read again at any time */
#define KIN_STEPS 8    /* generations that are looked back for a living ancestor */

struct tracker {
	struct symbolizer *symbolizer;
	const struct id_list *only;
	bool children;
	struct sideband *sideband;	   /* NULL: it cannot be had */
	struct tables *tables;		   /* NULL: stacks are not walked by tables */
	struct kernel_view *view;	   /* NULL: not in the kernel */
	struct interpreters *interpreters; /* NULL: the program takes no frames of theirs */
	size_t interpreter_cnt;		   /* tables_interpreter_cnt() at the last look */
	int epoll_fd;
	struct tracked *tracked;
	uint64_t tables_epoch;
	struct mapping_memo walked; /* the next copy is often of the same process */
	struct allowance following, recovering;
	bool lost; /* sideband records, which are not made up for yet */
	struct tracker_totals totals;
};

/* How long to wait for the next time: twice as long, and the longer, the more it COST_NS. */
static uint64_t later_wait_ns(uint64_t wait_ns, uint64_t cost_ns)
{
	wait_ns = wait_ns ? wait_ns * 2 : REREAD_FIRST_NS;
	if (wait_ns > REREAD_LAST_NS)
		wait_ns = REREAD_LAST_NS;
	return wait_ns > cost_ns * EACH_ONE_OF ? wait_ns : cost_ns * EACH_ONE_OF;
}

/*
 * Read PROC's mappings from /proc.  With TELL the BPF program is told of them too, whose tables cost
 * more than the reading.
 */
static int read_again(struct tracker *tr, struct tracked_process *proc, bool tell)
{
	struct process *prev = proc->now ? proc->now->process : NULL, *process;
	uint64_t begin = cpu_ns();
	int err;

	tr->totals.reads++;
	err = symbolizer_read_process(tr->symbolizer, (pid_t)proc->tgid, prev, &process);
	proc->wait_ns = later_wait_ns(proc->wait_ns, cpu_ns() - begin);
	proc->next_read_ns = now_ns() + proc->wait_ns;
	if (err == -ENOMEM)
		return err;
	if (!err)
		proc->stale = false;
	if ((err == -EACCES || err == -EPERM) && proc->sampled && !proc->denied) {
		proc->denied = true;
		tr->totals.denied++;
	}
	if (err || process == prev)
		return 0; /* it ended, is not ours to read, or is as before */
	err = tracked_process_adopt(tr->tracked, proc, process, proc->since_ns);
	return err || !tell ? err : kernel_view_mark(tr->view, proc);
}

/* Sideband records */

static bool is_tracked(const struct tracker *tr, uint32_t tgid)
{
	const struct tracked_process *proc;

	if (!tr->only || !tr->only->cnt)
		return true;
	for (size_t i = 0; i < tr->only->cnt; i++) {
		if ((uint32_t)tr->only->ids[i] == tgid)
			return true;
	}
	proc = tr->children ? tracked_find(tr->tracked, tgid) : NULL;
	return proc && proc->wanted;
}

/* Records of processes that have no id in our pid namespace have none, or -1. */
static bool is_ours(const struct tracker *tr, const struct sideband_event *event)
{
	if ((int32_t)event->tgid <= 0)
		return false;
	return is_tracked(tr, event->tgid) ||
	       (event->type == SIDEBAND_FORK && tr->children && is_tracked(tr, event->parent));
}

/* The nearest ancestor that still lives: it shares a short-lived one's mounts as a rule. */
static pid_t living_kin(const struct tracker *tr, const struct tracked_process *proc)
{
	uint32_t tgid = proc->parent;

	for (int i = 0; tgid && i < KIN_STEPS; i++) {
		const struct tracked_process *kin = tracked_find(tr->tracked, tgid);

		if (!kin || !kin->ended)
			return (pid_t)tgid;
		tgid = kin->parent;
	}
	return 0;
}

/* PROC makes a new mapping.  False: it makes too many, and is not followed for now. */
static bool follow(struct tracker *tr, struct tracked_process *proc, uint64_t now)
{
	uint64_t cost = ADD_NS + ADD_EACH_NS * proc->now->process->cnt, debt;

	if (proc->stale)
		return false;
	allowance_charge(&proc->following, now, cost, EACH_ONE_OF);
	allowance_charge(&tr->following, now, cost, ALL_ONE_OF);
	debt = allowance_debt_ns(&proc->following, now);
	proc->stale = debt > EACH_DEBT_NS ||
		      (debt > FEW_DEBT_NS && allowance_debt_ns(&tr->following, now) > ALL_DEBT_NS);
	return !proc->stale;
}

static int on_mmap(struct tracker *tr, struct tracked_process *proc,
		   const struct sideband_event *event)
{
	struct mapping mapping = {
		.start = event->start,
		.end = event->end,
		.off = event->off,
		.exec = true,
		.dev = event->dev,
		.inode = event->inode,
		.generation = event->generation,
	};
	bool may_change;
	int err;

	if (process_has_mapping(proc->now->process, &mapping) || !follow(tr, proc, event->time_ns))
		return 0;
	mapping_set_path(&mapping, event->path, strlen(event->path));
	err = tracked_process_change(tr->tracked, proc, event->time_ns, &may_change);
	if (err || !may_change)
		return err;
	if (tr->walked.process == proc->now->process)
		mapping_memo_forget(&tr->walked, tr->tables);
	process_set_kin(proc->now->process, living_kin(tr, proc));
	err = symbolizer_add_mapping(tr->symbolizer, proc->now->process, &mapping);
	return err ? err : kernel_view_mark(tr->view, proc);
}

static int on_birth(struct tracker *tr, struct tracked_process *proc,
		    const struct sideband_event *event)
{
	uint32_t parent_tgid = event->parent;
	struct tracked_process *parent;
	int err;

	proc->wanted = true;
	if ((int32_t)parent_tgid <= 0) /* it is not in our pid namespace */
		return tracked_process_set_version(tr->tracked, proc, NULL, event->time_ns);
	err = tracked_add(tr->tracked, parent_tgid, &parent);
	/*
	 * Now, while it lives: a child may end before it can be read itself.  The kernel
	 * is told when one of them is sampled: most of those that fork never are.
	 */
	if (!err && !parent->now && now_ns() >= parent->next_read_ns)
		err = read_again(tr, parent, false);
	if (err)
		return err;
	proc->wait_ns = 0; /* the id may have been another process's */
	proc->stale = false;
	proc->ended = false;
	proc->parent = parent_tgid;
	err = tracked_process_set_version(tr->tracked, proc, parent->now, event->time_ns);
	return err ? err : kernel_view_fork(tr->view, proc, parent);
}

/* What the program has may be told anew much later: until then it must not take it for true. */
static int on_exec(struct tracker *tr, struct tracked_process *proc,
		   const struct sideband_event *event)
{
	int err;

	proc->wait_ns = 0;
	proc->stale = false;
	kernel_view_drop(tr->view, proc);
	err = tracked_process_renew(tr->tracked, proc, true, event->time_ns);
	return err ? err : kernel_view_mark(tr->view, proc);
}

static int on_end(struct tracker *tr, struct tracked_process *proc)
{
	kernel_view_drop(tr->view, proc);
	return tracked_process_end(tr->tracked, proc);
}

static int on_event(void *ctx, const struct sideband_event *event)
{
	struct tracker *tr = ctx;
	struct tracked_process *proc;
	int err;

	if (!is_ours(tr, event))
		return 0;
	err = tracked_add(tr->tracked, event->tgid, &proc);
	if (err)
		return err;
	switch (event->type) {
	case SIDEBAND_EXEC:
		return on_exec(tr, proc, event);
	case SIDEBAND_MMAP: /* what a process maps that is not known, /proc will say */
		return proc->now ? on_mmap(tr, proc, event) : 0;
	case SIDEBAND_FORK:
		return on_birth(tr, proc, event);
	case SIDEBAND_EXIT:
		return on_end(tr, proc);
	}
	return 0;
}

/* What a process maps that is not followed is of no use. */
static bool ignores(void *ctx, uint32_t tgid)
{
	const struct tracker *tr = ctx;
	const struct tracked_process *proc = tracked_find(tr->tracked, tgid);

	return proc && proc->stale;
}

/* Everything known may be wrong: read what was sampled again, forget the rest. */
static int recover(struct tracker *tr)
{
	struct tracked_process *proc;
	uint64_t now = now_ns(), begin = cpu_ns();
	int err = 0;

	tr->lost = false;
	for (size_t i = 0; (proc = tracked_next(tr->tracked, &i)) && !err;) {
		if (!proc->now)
			continue;
		if (proc->sampled && proc->now->process->cnt >= LARGE && now < proc->next_read_ns)
			proc->stale = true;
		else if (proc->sampled)
			err = read_again(tr, proc, true);
		else
			err = tracked_process_set_version(tr->tracked, proc, NULL, now_ns());
		if (!err && !proc->now)
			kernel_view_drop(tr->view, proc);
	}
	allowance_charge(&tr->recovering, now, cpu_ns() - begin, RECOVER_ONE_OF);
	return err;
}

static int drain_sideband(struct tracker *tr, uint64_t until_ns)
{
	const struct sideband_sink sink = { .ctx = tr, .event = on_event, .ignores = ignores };
	bool lost = false;
	int err = 0;

	if (tr->sideband)
		err = sideband_drain(tr->sideband, until_ns, &sink, &lost);
	tr->totals.lost += lost;
	tr->lost |= lost;
	/* Whoever makes the records get lost must not have all be read again, time after time. */
	if (err || !tr->lost || allowance_debt_ns(&tr->recovering, now_ns()))
		return err;
	return recover(tr);
}

/* An interpreter's file was read: tell the program of those that may map it. */
static int mark_sampled(struct tracker *tr)
{
	struct tracked_process *proc;
	int err = 0;

	for (size_t i = 0; !err && (proc = tracked_next(tr->tracked, &i));)
		err = proc->sampled && proc->now ? kernel_view_mark(tr->view, proc) : 0;
	return err;
}

static int drain_tables(struct tracker *tr)
{
	size_t cnt;

	if (!tables_finished(tr->tables))
		return 0;
	tr->tables_epoch++;
	cnt = tables_interpreter_cnt(tr->tables);
	if (cnt == tr->interpreter_cnt)
		return 0;
	tr->interpreter_cnt = cnt;
	return mark_sampled(tr);
}

/* Processes whose interpreter was not yet so far. */
static int mark_due(struct tracker *tr)
{
	uint32_t tgid;
	int err = 0;

	while (!err && interpreters_due(tr->interpreters, &tgid)) {
		struct tracked_process *proc = tracked_find(tr->tracked, tgid);

		if (proc && proc->now && !proc->ended)
			err = kernel_view_mark(tr->view, proc);
		else
			interpreters_forget(tr->interpreters, tgid);
	}
	return err;
}

int tracker_drain(struct tracker *tr, uint64_t until_ns)
{
	int err = drain_sideband(tr, until_ns);

	if (!err && tr->tables)
		err = drain_tables(tr);
	if (!err)
		err = mark_due(tr);
	tracked_sweep(tr->tracked);
	return err ? err : kernel_view_update(tr->view);
}

bool tracker_is_current(const struct tracker *tr)
{
	return kernel_view_is_current(tr->view);
}

/* Samples */

/* A process that is known from its fork on may have become another user's: whoever logs in, say. */
static void look_at_owner(const struct tracked_process *proc)
{
	uint32_t owner = owner_of((pid_t)proc->tgid);

	if (owner != OWNER_NONE)
		proc->now->process->owner = owner;
}

int tracker_sampled(struct tracker *tr, uint32_t tgid)
{
	struct tracked_process *proc;
	int err = tracked_add(tr->tracked, tgid, &proc);

	if (err)
		return err;
	proc->sampled = proc->wanted = true;
	if (!proc->now) /* its records may be waiting */
		err = drain_sideband(tr, TRACKER_NOW);
	/* With sideband records a known process needs no second look. */
	if (!err && (!proc->now || !tr->sideband))
		err = read_again(tr, proc, true);
	else if (!err)
		err = kernel_view_mark_unknown(tr->view, proc);
	if (!err && proc->now)
		look_at_owner(proc);
	return err ? err : kernel_view_update(tr->view);
}

/*
 * The answer is the newest version that maps every address.  If none does, code was mapped since
 * (dlopen, a JIT) and we were not told: /proc is read again, but not for every stray address of a
 * broken stack.
 */
int tracker_process(struct tracker *tr, uint32_t tgid, uint32_t space, const uint64_t *ips,
		    size_t cnt, struct process **out)
{
	struct version *version;
	struct tracked_process *proc;
	int err;

	*out = NULL;
	if (!tgid || !cnt) /* 0: it has no id in our pid namespace */
		return 0;
	err = tracked_add(tr->tracked, tgid, &proc);
	if (err)
		return err;
	proc->sampled = true;
	version = tracked_process_version_with(proc, space, ips, cnt);
	if (!version) {
		err = drain_sideband(tr, TRACKER_NOW);
		version = tracked_process_version_with(proc, space, ips, cnt);
	}
	if (!err && (!version || proc->stale) && now_ns() >= proc->next_read_ns) {
		err = read_again(tr, proc, true);
		version = tracked_process_version_with(proc, space, ips, cnt);
	}
	if (!version)
		version = tracked_process_version_with(proc, space, ips,
						       1); /* the innermost at least */
	if (!version)
		version = proc->now	  ? proc->now
			  : proc->old_cnt ? proc->old[proc->old_cnt - 1].version
					  : NULL;
	if (version) {
		version->sampled = true;
		*out = version->process;
	}
	return err ? err : kernel_view_update(tr->view);
}

/*
 * A copy's version is found by its time: the one that the kernel knew (SPACE) is older than a
 * library that was mapped since, whose code may be the next frame.
 */
int tracker_process_of(struct tracker *tr, const struct raw_copy *copy, struct process **out)
{
	struct tracked_process *proc = tracked_find(tr->tracked, copy->tgid);
	uint64_t ip = copy->state.ip;
	struct version *version = proc ? tracked_process_version_at(proc, copy->time_ns, ip) : NULL;

	if (!version)
		return tracker_process(tr, copy->tgid, copy->space, &ip, 1, out);
	proc->sampled = version->sampled = true;
	*out = version->process;
	return 0;
}

void tracker_wait(struct tracker *tr, int timeout_ms)
{
	if (tr->tables)
		tables_wait(tr->tables, timeout_ms);
}

uint64_t tracker_tables_epoch(const struct tracker *tr)
{
	return tr->tables_epoch;
}

int tracker_walk(struct tracker *tr, const struct process *process, const struct raw_copy *copy,
		 uint64_t *ips, uint64_t *ends, size_t *cnt, enum unwind_result *end)
{
	struct tracked_process *proc;
	int err = mapping_memo_get(&tr->walked, tr->tables, process, tr->tables_epoch);

	if (err)
		return err;
	*end = unwind_copy(tr->tables, tr->walked.mappings, tr->walked.cnt, copy, ips, ends, cnt);
	if (*end != UNWIND_NO_MAPPING)
		return 0;
	/* We know no more of this process than the kernel does: copies are no use. */
	proc = tracked_find(tr->tracked, copy->tgid);
	if (proc && proc->now && proc->now->process == process && !proc->dirty)
		kernel_view_settle(tr->view, proc);
	return 0;
}

bool tracker_evaluator(struct tracker *tr, uint32_t tgid, struct interpreter_code *out)
{
	const struct tracked_process *proc = tracked_find(tr->tracked, tgid);

	*out = proc ? proc->interpreter.evaluator : (struct interpreter_code){ 0 };
	return out->end != 0;
}

int tracker_interpreter(struct tracker *tr, uint32_t tgid, int timeout_ms,
			const struct interpreter_attacher *attacher, int memory,
			struct interpreter_file *file, struct interpreter *out)
{
	struct tracked_process *proc = tracked_find(tr->tracked, tgid);
	int err = proc && proc->now && tr->tables ? 0 : -ENOENT;

	*file = (struct interpreter_file){ .kind = INTERPRETER_NONE };
	if (!err)
		err = mapping_memo_get(&tr->walked, tr->tables, proc->now->process,
				       tr->tables_epoch);
	if (err)
		return err;
	tables_wait(tr->tables, timeout_ms);
	return interpreters_look(tr->tables, attacher, memory, proc->now->process,
				 tr->walked.mappings, tr->walked.cnt, &proc->interpreter.evaluator,
				 file, out);
}

/* Life */

static int watch(const struct tracker *tr, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(tr->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_tables(struct tracker *tr, const struct tracker_opts *opts)
{
	int err = tables_open(opts->kernel_tables, opts->mem_max, &opts->loader, &tr->tables);

	if (!err && opts->kernel_tables->interpreters >= 0 && opts->attacher.attach)
		err = interpreters_open(tr->tables, opts->kernel_tables, &opts->attacher,
					&tr->interpreters);
	if (!err && opts->kernel_tables->processes >= 0)
		err = kernel_view_open(tr->tables, opts->kernel_tables, tr->interpreters,
				       &tr->view);
	return err ? err : watch(tr, tables_fd(tr->tables));
}

static int prepare(struct tracker *tr, const struct tracker_opts *opts)
{
	int err;

	tr->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (tr->epoll_fd < 0)
		return -errno;
	err = tracked_new(opts->symbolizer, &tr->tracked);
	if (err)
		return err;
	if (opts->kernel_tables) {
		err = open_tables(tr, opts);
		if (err)
			return err;
	}
	err = sideband_open(opts->cpus, opts->scope, &tr->sideband);
	if (err) {
		log_warn("cannot follow mappings as they are made (%s): processes that end quickly "
			 "may stay unnamed",
			 strerror(-err));
		return 0;
	}
	return watch(tr, sideband_fd(tr->sideband));
}

int tracker_open(const struct tracker_opts *opts, struct tracker **out)
{
	struct tracker *tr = calloc(1, sizeof(*tr));
	int err = tr ? 0 : -ENOMEM;

	*out = NULL;
	if (!err) {
		tr->symbolizer = opts->symbolizer;
		tr->only = opts->only;
		tr->children = opts->children;
		tr->epoll_fd = -1;
		err = prepare(tr, opts);
	}
	if (err) {
		log_error("cannot prepare to unwind: %s", strerror(-err));
		tracker_close(tr);
		return err;
	}
	*out = tr;
	return 0;
}

void tracker_close(struct tracker *tr)
{
	if (!tr)
		return;
	sideband_close(tr->sideband);
	mapping_memo_forget(&tr->walked, tr->tables);
	kernel_view_close(tr->view);
	interpreters_close(tr->interpreters);
	tables_close(tr->tables);
	tracked_free(tr->tracked);
	if (tr->epoll_fd >= 0)
		close(tr->epoll_fd);
	free(tr);
}

int tracker_wait_ms(const struct tracker *tr, int most_ms)
{
	return interpreters_wait_ms(tr->interpreters, most_ms);
}

int tracker_fd(const struct tracker *tr)
{
	return tr->epoll_fd;
}

void tracker_totals(struct tracker *tr, struct tracker_totals *out)
{
	*out = tr->totals;
	out->no_room = kernel_view_no_room(tr->view);
	if (tr->sideband)
		sideband_gone(tr->sideband, &out->gone);
	if (tr->tables)
		tables_totals(tr->tables, &out->tables);
	interpreters_unread(tr->interpreters, &out->unread);
}
