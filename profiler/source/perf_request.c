// SPDX-License-Identifier: BSD-2-Clause
/* perf_request.c - see perf_request.h. */
#include "profiler/source/perf_request.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bpf/sample.h"
#include "profiler/source/denial.h"
#include "profiler/source/events.h"
#include "profiler/source/tree.h"
#include "profiler/sysctl.h"

#define RING_S	      0.25 /* seconds that a ring holds: we may have to wait for a CPU */
#define RING_MIN      (128u * 1024)
#define RING_MAX      (8u * 1024 * 1024)
#define STACK_MAX     (56u * 1024) /* with the rest it must fit a record, whose size is a __u16 */
#define STACK_MIN     (14u * 1024)
#define STACKS_HZ     250 /* above this rate copies are smaller, so that they cost no more */
#define STACKS_A_RING 16
#define RECORD_BYTES  1024 /* of a sample without its stack: kernel frames, registers */
#define LEVELS_MAX    18   /* more than there are between 10 Hz and a million */
#define MLOCK_KB      "kernel/perf_event_mlock_kb"
#define STACK_FRAMES  "kernel/perf_event_max_stack"
/* One frame more than is kept: perf_sample.h then sees that there was more. */
#define CHAIN_MAX (SAMPLE_USER_MAX + SAMPLE_KERNEL_MAX + 1)

#ifndef PERF_FORMAT_LOST
#define PERF_FORMAT_LOST (1U << 4) /* Linux 6.0 */
#endif

/* Bytes for the ring of a CPU: of what this user may lock, a quarter is left for the sideband. */
static size_t ring_budget(void)
{
	size_t cpus = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	size_t shared = (size_t)sysctl_read(MLOCK_KB, 516) * 1024;
	struct rlimit limit;

	if (!geteuid() || getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return RING_MAX;
	return (shared + limit.rlim_cur / cpus) / 4 * 3;
}

/* Plan the sizes of a copy of a stack and of a ring. */
static void plan_sizes(const struct perf_request *r, size_t *stack, size_t *ring)
{
	size_t budget = ring_budget();
	double most;

	*stack = r->layout.stack ? STACK_MAX : 0;
	for (unsigned int hz = r->opts.freq_hz; hz > STACKS_HZ && *stack > STACK_MIN; hz /= 2)
		*stack /= 2;
	most = RING_S * r->opts.freq_hz * (double)(*stack + RECORD_BYTES);
	for (*ring = RING_MIN; *ring < RING_MAX && (double)*ring < most && *ring * 2 <= budget;)
		*ring *= 2;
	while (*stack > STACK_MIN && *stack * STACKS_A_RING > *ring)
		*stack /= 2;
}

static void set_layout(struct perf_request *r)
{
	bool fp = r->opts.unwind == UNWIND_BY_FP;

	r->layout = (struct perf_layout){
		.callchain =
			(!r->opts.no_kernel && !r->scope.user_only) || (fp && !r->opts.no_user),
		.stack = !fp && !r->opts.no_user,
	};
}

/* What all events have in common, the one that only hears of names included. */
static struct perf_event_attr common_attr(const struct perf_request *r, size_t ring_size)
{
	return (struct perf_event_attr){
		.size = sizeof(struct perf_event_attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.disabled = 1,
		.enable_on_exec = perf_request_waits(r),
		.sample_type = PERF_SAMPLE_ALWAYS,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)ring_size / 4,
		.read_format = r->counts_lost ? PERF_FORMAT_LOST : 0,
	};
}

static void set_sampling(const struct perf_request *r, size_t stack, struct perf_event_attr *attr)
{
	attr->type = r->opts.event->type;
	attr->config = r->opts.event->config;
	attr->exclude_callchain_kernel = r->opts.no_kernel || r->scope.user_only;
	attr->exclude_callchain_user = r->opts.no_user || r->layout.stack;
	if (r->layout.callchain) {
		attr->sample_type |= PERF_SAMPLE_CALLCHAIN;
		/* 0 is as deep as the system allows; the kernel refuses more than that. */
		attr->sample_max_stack = sysctl_read(STACK_FRAMES, 0) > CHAIN_MAX ? CHAIN_MAX : 0;
	}
	if (r->layout.stack) {
		attr->sample_type |= PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
		attr->sample_regs_user = PERF_SAMPLE_USER_REGS;
		attr->sample_stack_user = (uint32_t)stack;
	}
}

static void plan_levels(struct perf_request *r)
{
	r->level_cnt = 1;
	while (r->level_cnt < LEVELS_MAX && 1u << r->level_cnt <= r->opts.divisor_max)
		r->level_cnt++;
}

/* The first event hears of names, as do all that inherit from it; the others need not. */
static int open_rings(struct perf_request *r, struct perf_rings **out)
{
	struct perf_event_attr attrs[1 + LEVELS_MAX * EVENTS_A_CPU], sampling;
	unsigned int rates[EVENTS_A_CPU];
	size_t stack, size, cnt;

	set_layout(r);
	plan_sizes(r, &stack, &size);
	r->rate_cnt = events_rates(r->opts.event, r->opts.freq_hz, rates);
	r->name_cnt = r->level_cnt > 1;
	attrs[0] = sampling = common_attr(r, size);
	set_sampling(r, stack, &sampling);
	cnt = perf_request_first(r, r->level_cnt);
	for (size_t i = r->name_cnt; i < cnt; i++) {
		size_t nr = i - r->name_cnt, level = nr / r->rate_cnt;

		attrs[i] = sampling;
		attrs[i].enable_on_exec = sampling.enable_on_exec && !level;
		events_set_rate(r->opts.event, rates[nr % r->rate_cnt], 1u << level, &attrs[i]);
	}
	attrs[0].comm = attrs[0].comm_exec = attrs[0].task = 1;
	return perf_rings_open(attrs, cnt, &r->opts.cpus, &r->scope, size, out);
}

static bool is_refusal(int err)
{
	return err == -EACCES || err == -EPERM;
}

static int open_permitted(struct perf_request *r, struct perf_rings **out)
{
	int err = open_rings(r, out);

	if (!is_refusal(err) || !r->scope.threads.cnt || r->opts.no_user)
		return err;
	r->scope.user_only = true;
	return open_rings(r, out);
}

static int open_known(struct perf_request *r, struct perf_rings **out)
{
	int err;

	r->counts_lost = true;
	err = open_permitted(r, out);
	if (err != -EINVAL)
		return err;
	r->counts_lost = false; /* Linux before 6.0 */
	return open_permitted(r, out);
}

static int open_levels(struct perf_request *r, struct perf_rings **out)
{
	int err;

	plan_levels(r);
	err = open_known(r, out);
	if (err != -EMFILE || r->level_cnt == 1)
		return err;
	r->level_cnt = 1; /* the full rate is better than none */
	r->level_err = err;
	return open_known(r, out);
}

static int choose_scope(struct perf_request *r)
{
	struct perf_scope *scope = &r->scope;
	int err = 0;

	*scope =
		(struct perf_scope){ .cgroup_fd = -1, .inherit = r->opts.filter != FILTER_THREADS };
	switch (r->opts.filter) {
	case FILTER_NONE:
		return 0;
	case FILTER_CGROUP:
		scope->cgroup_fd = r->opts.cgroup_fd;
		return 0;
	case FILTER_TREE:
	case FILTER_THREADS:
		scope->threads = r->opts.targets;
		break;
	case FILTER_PROCESSES:
		err = tree_threads_of(&r->opts.targets, &scope->threads);
		r->threads = scope->threads.ids;
		break;
	case FILTER_FAMILIES:
		err = tree_threads(&r->opts.targets, &scope->threads);
		r->threads = scope->threads.ids;
		break;
	}
	return !err && !scope->threads.cnt ? -ESRCH : err; /* all of them ended just now */
}

int perf_request_open(struct perf_request *r, struct perf_rings **out)
{
	int err;

	r->scope = (struct perf_scope){ .cgroup_fd = -1 };
	if (perf_request_follows(r)) {
		err = open_levels(r, out);
		if (!is_refusal(err))
			return err;
	}
	err = choose_scope(r);
	return err ? err : open_levels(r, out);
}

void perf_request_fini(struct perf_request *r)
{
	free(r->threads);
}

/* Say which privileges are missing. */
static int refuse_privilege(const struct perf_request *r, int err, struct refusal *out)
{
	long paranoid = sysctl_read("kernel/perf_event_paranoid", 2);
	char text[256];

	if (denial_text(denial_of_perf(), "perf_event_open", text, sizeof(text)))
		return refusal_set(out, SOURCE_BEST, err, "cannot sample %s: %s (%s)",
				   r->opts.event->name, strerror(-err), text);
	if (!r->scope.threads.cnt)
		return refusal_set(
			out, SOURCE_BEST, err,
			"cannot sample %s of %s: %s (needs root, or CAP_BPF and CAP_PERFMON, or "
			"kernel.perf_event_paranoid -1: try sudo; without them: wick record -- "
			"CMD, or --pid of a process of one's own)",
			r->opts.event->name, r->scope.cgroup_fd >= 0 ? "a cgroup" : "whole CPUs",
			strerror(-err));
	if (r->opts.filter == FILTER_TREE && !r->opts.no_user)
		return refusal_set(
			out, SOURCE_BEST, err,
			"cannot sample %s of the command: %s (kernel.perf_event_paranoid is %ld: "
			"try sudo)",
			r->opts.event->name, strerror(-err), paranoid);
	if (r->opts.no_user)
		return refusal_set(
			out, SOURCE_BEST, err,
			"cannot sample kernel stacks: %s (needs root, or CAP_PERFMON, or "
			"kernel.perf_event_paranoid 1: try sudo)",
			strerror(-err));
	return refusal_set(out, SOURCE_BEST, err,
			   "cannot sample %s of %s %d: %s (another user's process: needs root, or "
			   "CAP_PERFMON; kernel.perf_event_paranoid is %ld: try sudo)",
			   r->opts.event->name,
			   r->opts.filter == FILTER_THREADS ? "thread" : "process",
			   r->opts.targets.ids[0], strerror(-err), paranoid);
}

int perf_request_refuse(const struct perf_request *r, int err, struct refusal *out)
{
	const char *event = r->opts.event->name;

	if (is_refusal(err) || (err == -ENOSYS && denial_of_perf() == DENIAL_SECCOMP))
		return refuse_privilege(r, err, out);
	if (err == -ENOSYS)
		return refusal_set(
			out, SOURCE_BEST, err,
			"cannot sample %s: this kernel has no perf events (CONFIG_PERF_EVENTS)",
			event);
	if (err == -ENOENT && r->scope.cgroup_fd >= 0)
		return refusal_set(
			out, SOURCE_BEST, err,
			"cannot sample %s of a cgroup: perf events do not know it (as long as no "
			"controller was ever enabled: see cgroup.subtree_control)",
			event);
	if (err == -ENOENT || err == -EOPNOTSUPP)
		return refusal_set(
			out, SOURCE_BEST, err,
			"cannot sample %s: this machine has no such counter (virtual machines "
			"often have none; cpu-clock is everywhere)",
			event);
	if (err == -EMFILE)
		return refusal_set(
			out, SOURCE_BEST, err,
			"cannot sample %zu threads on %zu CPUs: %s (ulimit -n: two files for each "
			"thread and CPU)",
			r->scope.threads.cnt, r->opts.cpus.cnt, strerror(-err));
	if (err == -ENOBUFS)
		return refusal_set(
			out, SOURCE_BEST, err,
			"cannot sample %s: no more memory may be locked for its rings (ulimit -l, "
			"sysctl kernel.perf_event_mlock_kb)",
			event);
	return refusal_set(out, SOURCE_BEST, err, "cannot sample %s: %s", event, strerror(-err));
}
