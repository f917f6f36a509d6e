// SPDX-License-Identifier: BSD-2-Clause
/* thread_source.c - see thread_source.h. */
#include "profiler/source/thread_source.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/ids.h"
#include "bpf/sample.h"
#include "bpf/threads.h"
#include "bpf/threads.skel.h"
#include "profiler/clock.h"
#include "profiler/log.h"
#include "profiler/source/pidns.h"
#include "profiler/source/refusal.h"
#include "profiler/source/source.h"

#define STACK_PART 4096 /* a page: it is there or is not */
#define STACK_MAX  (64 * STACK_PART)

struct thread_source {
	struct sample_source source;
	struct kernel_tables tables; /* none: the kernel walks no stacks here */
	struct threads_bpf *skel;
	struct bpf_link *link;
	int threads_fd; /* what the program writes of each thread */
	int memory_fd;	/* borrowed */
	uint32_t tgid;
	uint64_t stored, lost;
	uint8_t stack[STACK_MAX];
};

static struct thread_source *thread_source_of(const struct sample_source *src)
{
	return (struct thread_source *)src;
}

/* Threads */

/* Read the stack from SP upwards, as far as it is there. */
static size_t read_stack(struct thread_source *s, uint64_t sp)
{
	size_t size = 0, part = STACK_PART - (sp & (STACK_PART - 1));

	while (size + part <= STACK_MAX && sp + size <= INT64_MAX) {
		if (pread(s->memory_fd, s->stack + size, part, (off_t)(sp + size)) != (ssize_t)part)
			break;
		size += part;
		part = STACK_PART;
	}
	return size;
}

static int hand_over_copy(struct thread_source *s, const struct source_sink *sink,
			  const struct thread_record *record, const struct raw_sample *raw,
			  const struct raw_thread *thread)
{
	struct raw_copy copy = {
		.tgid = raw->tgid,
		.tid = raw->tid,
		.time_ns = now_ns(),
		.kernel = raw->kernel,
		.kernel_cnt = raw->kernel_cnt,
		.state = record->regs,
		.stack = s->stack,
		.size = read_stack(s, record->regs.sp),
		.thread = *thread,
	};

	copy.is_cut = copy.size > STACK_MAX - STACK_PART;
	memcpy(copy.comm, raw->comm, sizeof(copy.comm));
	return sink->copy(sink->ctx, &copy);
}

static int hand_over(struct thread_source *s, const struct source_sink *sink,
		     const struct thread_record *record)
{
	/* Of 32-bit code the innermost frame is all that we say. */
	uint64_t innermost = record->regs.ip | SAMPLE_IP_EXACT;
	struct raw_thread thread = { record->fsbase, record->state };
	struct raw_sample raw = {
		.tgid = s->tgid,
		.tid = record->tid,
		.kernel = (const uint64_t *)record->kernel,
		.kernel_cnt = record->kernel_cnt,
		.user = &innermost,
		.user_cnt = record->code_bits != 0,
		.user_end = UNWIND_UNSUP,
		.count = 1,
	};

	memcpy(raw.comm, record->comm, strnlen(record->comm, sizeof(raw.comm)));
	s->stored++;
	return record->code_bits == 64 ? hand_over_copy(s, sink, record, &raw, &thread)
				       : sink->sample(sink->ctx, &raw);
}

/* 1: there was one; 0: there is no more. */
static int read_record(struct thread_source *s, struct thread_record *record)
{
	size_t done = 0;
	ssize_t got;

	while (done < sizeof(*record)) {
		got = read(s->threads_fd, (char *)record + done, sizeof(*record) - done);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return done ? -EIO : 0;
		done += (size_t)got;
	}
	return 1;
}

static int thread_source_drain(struct sample_source *src, const struct source_sink *sink, bool all)
{
	struct thread_source *s = thread_source_of(src);
	struct thread_record record;
	int err = 0;

	while (all && !err && (err = read_record(s, &record)) > 0) {
		err = 0;
		if (record.kernel_cnt > THREAD_KERNEL_MAX)
			err = -EIO;
		else if (s->stored == THREAD_SOURCE_MAX)
			s->lost++;
		else
			err = hand_over(s, sink, &record);
	}
	return err;
}

/* The rest of a source: there is nothing that ticks. */

static int thread_source_start(struct sample_source *src)
{
	return 0;
}

static int thread_source_fd(const struct sample_source *src)
{
	return -1;
}

static int thread_source_interval_ms(const struct sample_source *src)
{
	return 0;
}

static int thread_source_divide_rate(struct sample_source *src, unsigned int divisor,
				     unsigned int *now)
{
	*now = 1;
	return -EOPNOTSUPP;
}

static void thread_source_stop(struct sample_source *src)
{
}

static const struct kernel_tables *thread_source_tables(const struct sample_source *src)
{
	return &thread_source_of(src)->tables;
}

static void thread_source_read_stats(struct sample_source *src, struct source_stats *out)
{
	const struct thread_source *s = thread_source_of(src);

	*out = (struct source_stats){
		.tier = SOURCE_BPF,
		.ticks = s->stored + s->lost,
		.stored = s->stored,
		.lost = { { "too_many_threads", s->lost } },
		.lost_cnt = 1,
	};
}

static void thread_source_close(struct sample_source *src)
{
	struct thread_source *s = thread_source_of(src);

	if (s->threads_fd >= 0)
		close(s->threads_fd);
	bpf_link__destroy(s->link);
	threads_bpf__destroy(s->skel);
	free(s);
}

static const struct source_ops thread_source_ops = {
	.start = thread_source_start,
	.fd = thread_source_fd,
	.interval_ms = thread_source_interval_ms,
	.drain = thread_source_drain,
	.divide_rate = thread_source_divide_rate,
	.tables = thread_source_tables,
	.stop = thread_source_stop,
	.read_stats = thread_source_read_stats,
	.close = thread_source_close,
};

/* Opening */

static int refuse(struct refusal *refusal, int err)
{
	bool denied = err == -EPERM || err == -EACCES;

	refusal_set(refusal, SOURCE_BEST, err,
		    "cannot load the program that looks at threads: %s%s", strerror(-err),
		    denied ? " (needs root, or CAP_BPF and CAP_PERFMON: try sudo)"
			   : " (needs Linux 6.1 with BTF; `wick record -p` needs neither)");
	refusal_add_libbpf(refusal);
	return err;
}

static int load(struct thread_source *s, struct refusal *refusal)
{
	struct ids_ns ns;
	int err = pidns_read(refusal, &ns);

	if (err)
		return err;
	log_capture_libbpf();
	s->skel = threads_bpf__open();
	if (!s->skel)
		return refuse(refusal, -errno);
	memcpy((void *)&s->skel->rodata->ids_ns, &ns, sizeof(ns));
	err = threads_bpf__load(s->skel);
	return err ? refuse(refusal, err) : 0;
}

/* Older kernels refuse an iterator of one process with EINVAL, and go through all threads at best. */
static int attach(struct thread_source *s, struct refusal *refusal)
{
	union bpf_iter_link_info info = { .task.pid = s->tgid };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));

	s->link = bpf_program__attach_iter(s->skel->progs.threads, &opts);
	if (!s->link)
		return refuse(refusal, -errno);
	s->threads_fd = bpf_iter_create(bpf_link__fd(s->link));
	return s->threads_fd < 0 ? refuse(refusal, -errno) : 0;
}

int thread_source_open(const struct source_opts *opts, struct refusal *refusal,
		       struct sample_source **out)
{
	struct thread_source *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return refusal_set(refusal, SOURCE_BEST, -ENOMEM, NULL);
	s->source.ops = &thread_source_ops;
	s->tables = (struct kernel_tables){ -1, -1, -1, -1, -1, -1, -1, NULL };
	s->threads_fd = -1;
	s->memory_fd = opts->memory_fd;
	s->tgid = (uint32_t)opts->targets.ids[0];
	err = load(s, refusal);
	if (!err)
		err = attach(s, refusal);
	if (err) {
		thread_source_close(&s->source);
		return err;
	}
	*out = &s->source;
	return 0;
}
