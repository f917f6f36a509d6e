// SPDX-License-Identifier: BSD-2-Clause
/*
 * perf_source.c - the source of samples where no BPF program may be loaded: perf
 * events, whose samples carry registers and a copy of the user stack.
 *
 * Records are taken in the order of time over all CPUs, so that a thread's name, and
 * the mappings that the sink knows, are those of the sample's time.
 */
#include "profiler/source/perf_source.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bpf/sample.h"
#include "profiler/clock.h"
#include "profiler/log.h"
#include "profiler/source/comms.h"
#include "profiler/source/lineage.h"
#include "profiler/source/perf_merge.h"
#include "profiler/source/perf_request.h"
#include "profiler/source/source.h"
#include "profiler/source/tree.h"

#define INTERVAL_MS 100

struct perf_source {
	struct sample_source source;
	struct perf_request req;
	struct perf_rings *rings;
	struct perf_merge merge;
	struct comms *comms;
	struct lineage *lineage; /* whose samples of whole CPUs to keep; NULL: the scope says it */
	struct kernel_tables tables;
	size_t level; /* the one that ticks, see perf_request.h; its divisor is 2^level */
	unsigned int old_divisor; /* what samples before level_since_ns have */
	uint64_t level_since_ns;
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

/* Inherited events have samples of the children of a process, too. */
static bool is_wanted(const struct perf_source *s, const struct perf_sample *sample)
{
	if (s->lineage)
		return lineage_has(s->lineage, sample->tid);
	switch (s->req.opts.filter) {
	case FILTER_PROCESSES:
		return has_id(&s->req.opts.targets, sample->tgid);
	case FILTER_THREADS:
		return has_id(&s->req.opts.targets, sample->tid);
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
		.divisor = raw->divisor,
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

/*
 * The idle tasks have no user code, unlike most other tasks without an id in our pid
 * namespace.  Kernel threads outside of it are taken for idle tasks as well.
 */
static bool is_idle(const struct perf_sample *sample)
{
	return !sample->tid && sample->regs == PERF_REGS_NONE && !sample->user_cnt;
}

/* The name that the sampled thread had then.  Each CPU has an idle task of its own. */
static int name_of(struct perf_source *s, const struct perf_sample *sample, int cpu,
		   char comm[COMM_LEN])
{
	const char *name;
	int err;

	memset(comm, 0, COMM_LEN);
	if ((int32_t)sample->tid <= 0) { /* in its last moments a task has no id any more */
		if (is_idle(sample))
			snprintf(comm, COMM_LEN, "swapper/%d", cpu);
		else
			strcpy(comm, sample->tid ? "[ended]" : "[outside]");
		return 0;
	}
	err = comms_get(s->comms, sample->tid, &name);
	if (!err)
		memcpy(comm, name, COMM_LEN);
	return err;
}

static int hand_over(struct perf_source *s, const struct source_sink *sink,
		     const struct perf_sample *sample, int cpu)
{
	/* Of 32-bit code the innermost frame is all that we say. */
	uint64_t innermost = sample->state.ip | SAMPLE_IP_EXACT;
	struct raw_sample raw = {
		.tgid = (int32_t)sample->tgid > 0 ? sample->tgid : 0,
		.tid = s->req.opts.per_thread ? sample->tid : 0,
		.kernel = s->req.opts.no_kernel ? NULL : sample->kernel,
		.kernel_cnt = s->req.opts.no_kernel ? 0 : sample->kernel_cnt,
		.user_end = sample->user_is_cut ? UNWIND_TOO_DEEP : UNWIND_RESULT_CNT,
		.count = 1,
		.divisor = sample->time_ns < s->level_since_ns ? s->old_divisor : 1u << s->level,
	};
	int err = name_of(s, sample, cpu, raw.comm);

	if (err)
		return err;
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
		     const struct perf_event_header *record, int cpu)
{
	struct perf_sample sample;

	s->ticks++;
	if (perf_sample_decode(record, record->size, &s->req.layout, &sample)) {
		s->bad++;
		return 0;
	}
	if (is_idle(&sample) && !s->req.opts.idle) {
		s->idle++;
		return 0;
	}
	if (!is_wanted(s, &sample)) {
		s->filtered++;
		return 0;
	}
	return hand_over(s, sink, &sample, cpu);
}

/* Other records */

static int on_comm(struct perf_source *s, const struct perf_event_header *record)
{
	char name[COMM_LEN];
	uint32_t tid;

	if (!perf_record_comm(record, record->size, &tid, name))
		return 0;
	if (s->lineage && record->misc & PERF_RECORD_MISC_COMM_EXEC)
		lineage_exec(s->lineage, tid);
	return comms_set(s->comms, tid, name);
}

static int on_fork(struct perf_source *s, const struct perf_event_header *record)
{
	uint32_t tid, parent;

	if (!perf_record_fork(record, record->size, &tid, &parent))
		return 0;
	if (s->lineage)
		lineage_fork(s->lineage, tid, parent);
	return comms_fork(s->comms, tid, parent);
}

static int on_record(struct perf_source *s, const struct source_sink *sink,
		     const struct perf_event_header *record, int cpu)
{
	switch (record->type) {
	case PERF_RECORD_SAMPLE:
		return on_sample(s, sink, record, cpu);
	case PERF_RECORD_COMM:
		return on_comm(s, record);
	case PERF_RECORD_FORK:
		return on_fork(s, record);
	case PERF_RECORD_LOST:
		comms_forget(s->comms);
		s->lost_told += perf_record_lost(record, record->size);
		return 0;
	case PERF_RECORD_THROTTLE:
		s->throttled++;
		return 0;
	default:
		return 0;
	}
}

static int perf_source_drain(struct sample_source *src, const struct source_sink *sink, bool all)
{
	struct perf_source *s = perf_source_of(src);
	const struct perf_event_header *record;
	size_t ring;
	int err = 0;

	perf_rings_rest(s->rings);
	perf_merge_begin(&s->merge, s->rings);
	while (!err && (record = perf_merge_next(&s->merge, &ring)))
		err = on_record(s, sink, record, s->req.opts.cpus.ids[ring]);
	return err;
}

/* Life */

/* Begin with the threads that there are: what they start from here on is in the rings. */
static int begin_lineage(struct perf_source *s)
{
	struct id_list threads;
	int err;

	if (s->req.opts.filter == FILTER_TREE) {
		lineage_await(s->lineage, (uint32_t)s->req.opts.targets.ids[0]);
		return 0;
	}
	err = tree_threads(&s->req.opts.targets, &threads);
	if (!err)
		lineage_add(s->lineage, &threads);
	free(threads.ids);
	return err;
}

static int perf_source_start(struct sample_source *src)
{
	struct perf_source *s = perf_source_of(src);
	int err = 0;

	if (!perf_request_waits(&s->req))
		err = perf_rings_ioctl_some(s->rings, 0, perf_request_first(&s->req, 1),
					    PERF_EVENT_IOC_ENABLE);
	if (!err && s->lineage)
		err = begin_lineage(s);
	if (err)
		log_error("cannot start sampling: %s", strerror(-err));
	return err;
}

static int set_level(const struct perf_source *s, size_t level, unsigned long request)
{
	return perf_rings_ioctl_some(s->rings, perf_request_first(&s->req, level), s->req.rate_cnt,
				     request);
}

/*
 * The time between off and on tells the samples apart.  All that are older than the change
 * before have been drained: that is when rates are changed.  The first exec of a command
 * starts the events of the full rate, and them only.
 */
static int perf_source_divide_rate(struct sample_source *src, unsigned int divisor,
				   unsigned int *now)
{
	struct perf_source *s = perf_source_of(src);
	size_t level = 0;
	int err;

	*now = 1u << s->level;
	while (1u << level < divisor)
		level++;
	if (level >= s->req.level_cnt)
		return s->req.level_err ? s->req.level_err : -EINVAL;
	if (!s->ticks && !s->merge.bad && perf_request_waits(&s->req))
		return 0;
	set_level(s, s->level, PERF_EVENT_IOC_DISABLE);
	s->old_divisor = 1u << s->level;
	s->level_since_ns = now_ns();
	err = set_level(s, level, PERF_EVENT_IOC_ENABLE);
	if (err) {
		set_level(s, level, PERF_EVENT_IOC_DISABLE);
		set_level(s, s->level, PERF_EVENT_IOC_ENABLE);
		return err;
	}
	s->level = level;
	*now = 1u << level;
	return 0;
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

static const struct kernel_tables *perf_source_tables(const struct sample_source *src)
{
	return perf_source_of(src)->req.layout.stack ? &perf_source_of(src)->tables : NULL;
}

/* The kernel's record of what was lost waits for room in the ring, and at the end for ever. */
static uint64_t count_lost(const struct perf_source *s)
{
	return s->req.counts_lost ? perf_rings_lost(s->rings) : s->lost_told;
}

static void perf_source_read_stats(struct sample_source *src, struct source_stats *out)
{
	struct perf_source *s = perf_source_of(src);
	uint64_t lost = count_lost(s), bad = s->bad + s->merge.bad;

	*out = (struct source_stats){
		.tier = s->req.scope.user_only ? SOURCE_PERF_USER : SOURCE_PERF,
		.ticks = s->ticks + s->merge.bad + lost,
		.stored = s->stored,
		.idle = s->idle,
		.filtered = s->filtered,
		.lost = { { "ring_full", lost }, { "bad_record", bad } },
		.lost_cnt = 2,
		.throttled = s->throttled,
	};
}

static void perf_source_close(struct sample_source *src)
{
	struct perf_source *s = perf_source_of(src);

	perf_merge_fini(&s->merge);
	perf_rings_close(s->rings);
	comms_free(s->comms);
	lineage_free(s->lineage);
	perf_request_fini(&s->req);
	free(s);
}

static const struct source_ops perf_source_ops = {
	.start = perf_source_start,
	.fd = perf_source_fd,
	.interval_ms = perf_source_interval_ms,
	.drain = perf_source_drain,
	.divide_rate = perf_source_divide_rate,
	.tables = perf_source_tables,
	.stop = perf_source_stop,
	.read_stats = perf_source_read_stats,
	.close = perf_source_close,
};

/* Opening */

static int open_all(struct perf_source *s)
{
	int err = comms_new(&s->comms);

	if (!err)
		err = perf_merge_init(&s->merge, s->req.opts.cpus.cnt);
	if (!err)
		err = perf_request_open(&s->req, &s->rings);
	if (!err && perf_request_follows(&s->req))
		err = lineage_new(&s->lineage);
	return err;
}

int perf_source_open(const struct source_opts *opts, struct refusal *refusal,
		     struct sample_source **out)
{
	struct perf_source *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return refusal_set(refusal, SOURCE_BEST, -ENOMEM, NULL);
	*s = (struct perf_source){
		.source.ops = &perf_source_ops,
		.source.scope = &s->req.scope,
		.req.opts = *opts,
		.tables = { .files = -1,
			    .pages = -1,
			    .shards = -1,
			    .mappings = -1,
			    .processes = -1,
			    .interpreters = -1 },
	};
	err = open_all(s);
	if (err) {
		perf_request_refuse(&s->req, err, refusal);
		perf_source_close(&s->source);
		return err;
	}
	*out = &s->source;
	return 0;
}
