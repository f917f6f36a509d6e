// SPDX-License-Identifier: BSD-2-Clause
/*
 * perf_source.c - the source of samples where no BPF program may be loaded: perf
 * events, whose samples carry registers and a copy of the user stack.
 *
 * Records are taken in the order of time over all CPUs, so that a thread's name, and
 * the mappings that the sink knows, are those of the sample's time.
 */
#include "profiler/comms.h"
#include "profiler/events.h"
#include "profiler/log.h"
#include "profiler/perf_rings.h"
#include "profiler/perf_sample.h"
#include "profiler/source.h"
#include "profiler/tree.h"

#include <linux/types.h>
#include "bpf/sample.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_MS   100
#define RING_S	      0.25	/* what a ring holds: we may have to wait for a CPU */
#define RING_MIN      (128u * 1024)
#define RING_MAX      (8u * 1024 * 1024)
#define STACK_MAX     (56u * 1024)	/* a record's size is a __u16 */
#define STACK_MIN     (14u * 1024)
#define STACKS_HZ     250	/* faster: smaller copies, so that they cost no more */
#define STACKS_A_RING 16
#define RECORD_BYTES  1024	/* without the stack: kernel frames, registers */
#define PARANOID_PATH "/proc/sys/kernel/perf_event_paranoid"
#define MLOCK_PATH    "/proc/sys/kernel/perf_event_mlock_kb"

#ifndef PERF_FORMAT_LOST
#define PERF_FORMAT_LOST (1U << 4) /* Linux 6.0 */
#endif

/* Where we are in a ring. */
struct cursor {
	uint64_t at, head;
	const struct perf_event_header *record; /* NULL: none left */
	uint64_t time_ns;
	void *bounce;		/* for a record that is wrapped */
};

struct perf_source {
	struct sample_source source;
	struct source_opts opts; /* borrowed lists */
	struct perf_scope scope;
	pid_t *threads;		/* the scope's, if they are ours */
	struct perf_layout layout;
	struct perf_rings *rings;
	struct cursor *cursors;
	struct comms *comms;
	struct source_tables tables;
	bool counts_lost;	/* the kernel counts what it lost for each event */
	uint64_t ticks, stored, idle, filtered, lost_told, bad, throttled;
};

static struct perf_source *perf_source_of(const struct sample_source *src)
{
	return (struct perf_source *)src;
}

/* Samples */

static bool has_id(const struct id_list *ids, uint32_t id)
{
	for (size_t i = 0; i < ids->cnt; i++) {
		if ((uint32_t)ids->ids[i] == id)
			return true;
	}
	return false;
}

/* Inherited events tell of the children of a process, too. */
static bool is_wanted(const struct perf_source *s, const struct perf_sample *sample)
{
	switch (s->opts.filter) {
	case FILTER_PROCESSES:
		return has_id(&s->opts.targets, sample->tgid);
	case FILTER_THREADS:
		return has_id(&s->opts.targets, sample->tid);
	default:
		return true;
	}
}

static int hand_over_copy(const struct source_sink *sink, const struct raw_sample *raw,
			  const struct perf_sample *sample)
{
	struct raw_copy copy = {
		.tgid = raw->tgid,
		.tid = raw->tid,
		.time_ns = sample->time_ns,
		.kernel = raw->kernel,
		.kernel_cnt = raw->kernel_cnt,
		.state = sample->state,
		.stack = sample->stack,
		.size = sample->stack_size,
		.is_cut = sample->stack_is_cut,
	};

	memcpy(copy.comm, raw->comm, sizeof(copy.comm));
	return sink->copy(sink->ctx, &copy);
}

static int hand_over(struct perf_source *s, const struct source_sink *sink,
		     const struct perf_sample *sample)
{
	/* In its last moments a task has no id any more. */
	static const char ended[COMM_LEN] = "[ended]";
	/* 32-bit code: its innermost frame is all we say. */
	uint64_t innermost = sample->state.ip | SAMPLE_IP_EXACT;
	struct raw_sample raw = {
		.tgid = (int32_t)sample->tgid > 0 ? sample->tgid : 0,
		.tid = s->opts.per_thread ? sample->tid : 0,
		.kernel = s->opts.no_kernel ? NULL : sample->kernel,
		.kernel_cnt = s->opts.no_kernel ? 0 : sample->kernel_cnt,
		.user_end = UNWIND_RESULT_CNT,
		.count = 1,
	};
	const char *name = ended;
	int err = 0;

	if ((int32_t)sample->tid >= 0)
		err = comms_get(s->comms, sample->tid, &name);
	if (err)
		return err;
	memcpy(raw.comm, name, sizeof(raw.comm));
	s->stored++;
	if (sample->regs == PERF_REGS_64)
		return hand_over_copy(sink, &raw, sample);
	if (sample->regs == PERF_REGS_32) {
		raw.user = &innermost;
		raw.user_cnt = 1;
		raw.user_end = UNWIND_UNSUP;
	} else {
		raw.user = sample->user;
		raw.user_cnt = sample->user_cnt;
	}
	return sink->sample(sink->ctx, &raw);
}

static int on_sample(struct perf_source *s, const struct source_sink *sink,
		     const struct perf_event_header *record)
{
	struct perf_sample sample;

	s->ticks++;
	if (perf_sample_decode(record, record->size, &s->layout, &sample)) {
		s->bad++;
		return 0;
	}
	if (!sample.tid && !s->opts.idle) {
		s->idle++;
		return 0;
	}
	if (!is_wanted(s, &sample)) {
		s->filtered++;
		return 0;
	}
	return hand_over(s, sink, &sample);
}

/* Other records */

struct comm_record {
	struct perf_event_header header;
	uint32_t pid, tid;
	char comm[];
};

struct fork_record {
	struct perf_event_header header;
	uint32_t pid, ppid, tid, ptid;
};

struct lost_record {
	struct perf_event_header header;
	uint64_t id, cnt;
};

static int on_comm(struct perf_source *s, const struct comm_record *record)
{
	size_t room = record->header.size - sizeof(*record);
	char name[COMM_LEN] = "";

	if (record->header.size <= sizeof(*record))
		return 0;
	memcpy(name, record->comm, strnlen(record->comm, room < COMM_LEN ? room : COMM_LEN));
	return comms_set(s->comms, record->tid, name);
}

static int on_record(struct perf_source *s, const struct source_sink *sink,
		     const struct perf_event_header *record)
{
	const struct fork_record *fork = (const struct fork_record *)record;

	switch (record->type) {
	case PERF_RECORD_SAMPLE:
		return on_sample(s, sink, record);
	case PERF_RECORD_COMM:
		return on_comm(s, (const struct comm_record *)record);
	case PERF_RECORD_FORK:
		return record->size < sizeof(*fork) || (int32_t)fork->tid <= 0 ? 0
		       : comms_fork(s->comms, fork->tid, fork->ptid);
	case PERF_RECORD_LOST:
		if (record->size >= sizeof(struct lost_record))
			s->lost_told += ((const struct lost_record *)record)->cnt;
		return 0;
	case PERF_RECORD_THROTTLE:
		s->throttled++;
		return 0;
	default:
		return 0;
	}
}

/* The record at the cursor, or none.  One that is no record: the rest has no meaning. */
static void look(struct perf_source *s, size_t i)
{
	struct perf_ring *ring = &s->rings->rings[i];
	struct cursor *c = &s->cursors[i];
	struct perf_event_header header;

	c->record = NULL;
	if (c->at == c->head)
		return;
	if (!perf_ring_header(ring, c->at, c->head, &header)) {
		c->record = perf_ring_record(ring, c->at, header.size, c->bounce);
		if (!perf_record_time(c->record, header.size, &c->time_ns))
			return;
	}
	c->record = NULL;
	c->at = c->head;
	perf_ring_release(ring, c->at);
	s->ticks++;
	s->bad++;
}

static struct cursor *earliest(struct perf_source *s, size_t *ring)
{
	struct cursor *first = NULL;

	for (size_t i = 0; i < s->rings->cnt; i++) {
		struct cursor *c = &s->cursors[i];

		if (c->record && (!first || c->time_ns < first->time_ns)) {
			first = c;
			*ring = i;
		}
	}
	return first;
}

static int perf_source_drain(struct sample_source *src, const struct source_sink *sink, bool all)
{
	struct perf_source *s = perf_source_of(src);
	struct cursor *c;
	size_t ring = 0;
	int err = 0;

	perf_rings_rest(s->rings);
	for (size_t i = 0; i < s->rings->cnt; i++) {
		s->cursors[i].at = perf_ring_tail(&s->rings->rings[i]);
		s->cursors[i].head = perf_ring_head(&s->rings->rings[i]);
		look(s, i);
	}
	while (!err && (c = earliest(s, &ring))) {
		err = on_record(s, sink, c->record);
		c->at += c->record->size;
		perf_ring_release(&s->rings->rings[ring], c->at);
		look(s, ring);
	}
	return err;
}

/* Life */

static int perf_source_start(struct sample_source *src)
{
	struct perf_source *s = perf_source_of(src);
	int err = 0;

	if (s->opts.filter != FILTER_TREE) /* which starts with the command */
		err = perf_rings_ioctl(s->rings, PERF_EVENT_IOC_ENABLE);
	if (err)
		log_error("cannot start sampling: %s", strerror(-err));
	return err;
}

static void perf_source_stop(struct sample_source *src)
{
	perf_rings_ioctl(perf_source_of(src)->rings, PERF_EVENT_IOC_DISABLE);
}

static int perf_source_fd(const struct sample_source *src)
{
	return perf_source_of(src)->rings->epoll_fd;
}

static int perf_source_interval_ms(const struct sample_source *src)
{
	return INTERVAL_MS;
}

static const struct source_tables *perf_source_tables(const struct sample_source *src)
{
	return perf_source_of(src)->layout.stack ? &perf_source_of(src)->tables : NULL;
}

/* A record of what was lost comes with the next one that finds room: at the end, never. */
static uint64_t count_lost(const struct perf_source *s)
{
	struct { uint64_t value, lost; } event;
	uint64_t sum = 0;

	if (!s->counts_lost)
		return s->lost_told;
	for (size_t i = 0; i < s->rings->fd_cnt; i++) {
		if (read(s->rings->fds[i], &event, sizeof(event)) == sizeof(event))
			sum += event.lost;
	}
	return sum;
}

static void perf_source_read_stats(struct sample_source *src, struct source_stats *out)
{
	struct perf_source *s = perf_source_of(src);
	uint64_t lost = count_lost(s);

	*out = (struct source_stats){
		.tier = s->scope.user_only ? "perf-user" : "perf",
		.ticks = s->ticks + lost,
		.stored = s->stored,
		.idle = s->idle,
		.filtered = s->filtered,
		.lost = { { "ring_full", lost }, { "bad_record", s->bad } },
		.lost_cnt = 2,
		.throttled = s->throttled,
	};
}

static void perf_source_close(struct sample_source *src)
{
	struct perf_source *s = perf_source_of(src);

	for (size_t i = 0; s->cursors && i < s->opts.cpus.cnt; i++)
		free(s->cursors[i].bounce);
	free(s->cursors);
	perf_rings_close(s->rings);
	comms_free(s->comms);
	free(s->threads);
	free(s);
}

static const struct source_ops perf_source_ops = {
	.name = "perf",
	.start = perf_source_start,
	.fd = perf_source_fd,
	.interval_ms = perf_source_interval_ms,
	.drain = perf_source_drain,
	.tables = perf_source_tables,
	.stop = perf_source_stop,
	.read_stats = perf_source_read_stats,
	.close = perf_source_close,
};

/* Opening */

static long read_number(const char *path, long otherwise)
{
	FILE *f = fopen(path, "re");
	long value;

	if (!f || fscanf(f, "%ld", &value) != 1)
		value = otherwise;
	if (f)
		fclose(f);
	return value;
}

/* Bytes a CPU: of what this user may lock, some is left for the sideband's rings. */
static size_t ring_budget(void)
{
	size_t cpus = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	size_t shared = (size_t)read_number(MLOCK_PATH, 516) * 1024;
	struct rlimit limit;

	if (!geteuid() || getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return RING_MAX;
	return (shared + limit.rlim_cur / cpus) / 4 * 3;
}

/* The copy of the stack and the ring. */
static void plan_sizes(const struct perf_source *s, size_t *stack, size_t *ring)
{
	size_t budget = ring_budget();
	double most;

	*stack = s->layout.stack ? STACK_MAX : 0;
	for (unsigned int hz = s->opts.freq_hz; hz > STACKS_HZ && *stack > STACK_MIN; hz /= 2)
		*stack /= 2;
	most = RING_S * s->opts.freq_hz * (double)(*stack + RECORD_BYTES);
	for (*ring = RING_MIN; *ring < RING_MAX && (double)*ring < most && *ring * 2 <= budget;)
		*ring *= 2;
	while (*stack > STACK_MIN && *stack * STACKS_A_RING > *ring)
		*stack /= 2;
}

static void set_layout(struct perf_source *s)
{
	bool fp = s->opts.unwind == UNWIND_BY_FP;

	s->layout = (struct perf_layout){
		.callchain = (!s->opts.no_kernel && !s->scope.user_only) || (fp && !s->opts.no_user),
		.stack = !fp && !s->opts.no_user,
	};
}

static int open_rings(struct perf_source *s)
{
	unsigned int rates[EVENTS_A_CPU];
	size_t rate_cnt = events_rates(s->opts.event, s->opts.freq_hz, rates), stack, size;
	struct perf_event_attr attrs[EVENTS_A_CPU], attr = {
		.size = sizeof(attr),
		.type = s->opts.event->type,
		.config = s->opts.event->config,
		.freq = 1,
		.disabled = 1,
		.enable_on_exec = s->opts.filter == FILTER_TREE,
		.sample_type = PERF_SAMPLE_ALWAYS,
		.exclude_callchain_kernel = s->opts.no_kernel || s->scope.user_only,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.read_format = s->counts_lost ? PERF_FORMAT_LOST : 0,
	};

	set_layout(s);
	plan_sizes(s, &stack, &size);
	attr.exclude_callchain_user = s->opts.no_user || s->layout.stack;
	attr.wakeup_watermark = (uint32_t)size / 4;
	if (s->layout.callchain)
		attr.sample_type |= PERF_SAMPLE_CALLCHAIN;
	if (s->layout.stack) {
		attr.sample_type |= PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
		attr.sample_regs_user = PERF_SAMPLE_USER_REGS;
		attr.sample_stack_user = (uint32_t)stack;
	}
	for (size_t i = 0; i < rate_cnt; i++) {
		attrs[i] = attr;
		attrs[i].sample_freq = rates[i];
		attrs[i].comm = attrs[i].task = i == 0; /* to hear of names once */
	}
	return perf_rings_open(attrs, rate_cnt, &s->opts.cpus, &s->scope, size, &s->rings);
}

static bool is_refusal(int err)
{
	return err == -EACCES || err == -EPERM;
}

/* As much as this kernel and this user's privileges give. */
static int open_best(struct perf_source *s)
{
	int err;

	s->counts_lost = true;
	err = open_rings(s);
	if (is_refusal(err) && s->scope.threads.cnt && !(s->opts.no_user)) {
		s->scope.user_only = true;
		err = open_rings(s);
	}
	if (err == -EINVAL) { /* Linux before 6.0 */
		s->counts_lost = false;
		err = open_rings(s);
	}
	return err;
}

static void explain_refusal(const struct perf_source *s, int err)
{
	long paranoid = read_number(PARANOID_PATH, 2);

	if (paranoid > 2)
		log_error("cannot sample %s: %s (kernel.perf_event_paranoid is %ld, which keeps all but "
			  "root and CAP_PERFMON from it: try sudo, or sysctl "
			  "kernel.perf_event_paranoid=2)", s->opts.event->name, strerror(-err), paranoid);
	else if (!s->scope.threads.cnt)
		log_error("cannot sample %s of %s: %s (needs root, or CAP_BPF and CAP_PERFMON, or "
			  "kernel.perf_event_paranoid -1: try sudo; without them: wick record -- CMD, "
			  "or --pid of a process of one's own)", s->opts.event->name,
			  s->scope.cgroup_fd >= 0 ? "a cgroup" : "whole CPUs", strerror(-err));
	else if (s->opts.no_user)
		log_error("cannot sample kernel stacks: %s (needs root, or CAP_PERFMON, or "
			  "kernel.perf_event_paranoid 1: try sudo)", strerror(-err));
	else
		log_error("cannot sample %s of %s %d: %s (another user's process: needs root, or "
			  "CAP_PERFMON; kernel.perf_event_paranoid is %ld: try sudo)",
			  s->opts.event->name,
			  s->opts.filter == FILTER_THREADS ? "thread" : "process",
			  s->opts.targets.ids[0], strerror(-err), paranoid);
}

static void explain(const struct perf_source *s, int err)
{
	const char *event = s->opts.event->name;

	if (is_refusal(err))
		explain_refusal(s, err);
	else if (err == -ENOSYS)
		log_error("cannot sample %s: this kernel has no perf events (CONFIG_PERF_EVENTS)",
			  event);
	else if (err == -ENOENT || err == -EOPNOTSUPP)
		log_error("cannot sample %s: this machine has no such counter (virtual machines "
			  "often have none; cpu-clock is everywhere)", event);
	else if (err == -EMFILE)
		log_error("cannot sample %zu threads on %zu CPUs: %s (ulimit -n: two files for each "
			  "thread and CPU)", s->scope.threads.cnt, s->opts.cpus.cnt, strerror(-err));
	else if (err == -ENOBUFS)
		log_error("cannot sample %s: no more memory may be locked for its rings (ulimit -l, "
			  "sysctl kernel.perf_event_mlock_kb)", event);
	else
		log_error("cannot sample %s: %s", event, strerror(-err));
}

static int choose_scope(struct perf_source *s)
{
	int err = 0;

	s->scope = (struct perf_scope){
		.cgroup_fd = s->opts.filter == FILTER_CGROUP ? s->opts.cgroup_fd : -1,
		.inherit = s->opts.filter != FILTER_THREADS,
	};
	if (s->opts.filter == FILTER_TREE || s->opts.filter == FILTER_THREADS)
		s->scope.threads = s->opts.targets;
	else if (s->opts.filter == FILTER_PROCESSES)
		err = process_threads(&s->opts.targets, &s->scope.threads);
	else if (s->opts.filter == FILTER_FAMILIES)
		err = tree_threads(&s->opts.targets, &s->scope.threads);
	if (s->scope.threads.ids != s->opts.targets.ids)
		s->threads = s->scope.threads.ids;
	if (!err && s->opts.filter != FILTER_NONE && s->scope.cgroup_fd < 0 && !s->scope.threads.cnt)
		err = -ESRCH;
	return err;
}

static int prepare(struct perf_source *s)
{
	static const char idle_name[COMM_LEN] = "swapper";
	int err = comms_new(&s->comms);

	if (!err)
		err = comms_set(s->comms, 0, idle_name);
	s->cursors = calloc(s->opts.cpus.cnt, sizeof(*s->cursors));
	if (!s->cursors)
		return -ENOMEM;
	for (size_t i = 0; i < s->opts.cpus.cnt && !err; i++) {
		s->cursors[i].bounce = malloc(PERF_RECORD_MAX);
		if (!s->cursors[i].bounce)
			err = -ENOMEM;
	}
	return err;
}

int perf_source_open(const struct source_opts *opts, bool tentative, struct sample_source **out)
{
	struct perf_source *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return -ENOMEM;
	*s = (struct perf_source){
		.source.ops = &perf_source_ops,
		.source.scope = &s->scope,
		.opts = *opts,
		.tables = { .tables = { -1, -1, -1 }, .maps = -1, .procs = -1 },
	};
	err = choose_scope(s);
	if (!err)
		err = prepare(s);
	if (!err)
		err = open_best(s);
	if (err) {
		if (!tentative || !source_is_refused(err))
			explain(s, err);
		perf_source_close(&s->source);
		return err;
	}
	*out = &s->source;
	return 0;
}
