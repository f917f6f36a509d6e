// SPDX-License-Identifier: BSD-2-Clause
/*
 * sampler.c - the source of samples that is a BPF program, see source.h and
 * bpf/sample.bpf.c: opens it, sizes its maps, attaches it, drains it.
 */
#include "profiler/source.h"
#include "profiler/follow.h"
#include "profiler/log.h"
#include <linux/types.h> /* bpf/sample.h wants its includer to have these */
#include "bpf/sample.h"
#include "bpf/sample.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of a generation of maps: samples it takes between two drains, and room for each. */
#define SAMPLES_PER_DRAIN  1000
#define STACKS_PER_SAMPLE  8 /* two, and a load of 1/4 so that few buckets collide */
#define MAP_ENTRIES_MIN	   1024
#define MAP_ENTRIES_MAX	   65536 /* a stacks map of this size takes 67 MB */
#define INTERVAL_MIN_MS	   100
#define INTERVAL_MAX_MS	   1000
#define RING_SIZE	   (1024 * 1024)
#define TREE_THREADS_MAX   131072
#define MAX_STACK_PATH	   "/proc/sys/kernel/perf_event_max_stack"
#define GRACE_FALLBACK_US  50000

struct sampler {
	struct source source;
	struct source_opts opts; /* borrowed lists */
	struct sample_bpf *skel;
	struct ring_buffer *ring;
	struct follow *follow;
	struct bpf_link **links; /* one per CPU of opts.cpus; NULL: it went offline */
	int *event_fds;
	int stats_fd;
	unsigned int interval_ms;
	bool stopped;
	size_t frames_max;
	size_t counts_cap;
	struct sample_key *keys; /* counts_cap each: what a drain reads into */
	uint64_t *values;
	uint64_t *kernel, *user; /* frames_max each */
	uint64_t drained;
	uint64_t stack_missing;	 /* counted, but its stack was not in the map */
	const struct source_sink *sink;
	int sink_err;
};

static struct sampler *sampler_of(const struct source *src)
{
	return (struct sampler *)src;
}

/* Opening */

static size_t read_frames_max(void)
{
	FILE *f = fopen(MAX_STACK_PATH, "re");
	size_t max = SAMPLE_MAX_FRAMES;

	if (f && fscanf(f, "%zu", &max) != 1)
		max = SAMPLE_MAX_FRAMES;
	if (f)
		fclose(f);
	return max && max < SAMPLE_MAX_FRAMES ? max : SAMPLE_MAX_FRAMES;
}

static unsigned int clamp(double value, unsigned int min, unsigned int max)
{
	return value < min ? min : value > max ? max : (unsigned int)value;
}

static unsigned int round_up_pow2(unsigned int n)
{
	unsigned int pow2 = 1;

	while (pow2 < n)
		pow2 <<= 1;
	return pow2;
}

/* The faster the samples come the more often the maps are emptied, then the larger they are. */
static unsigned int plan_maps(struct sampler *s)
{
	double rate_hz = (double)s->opts.freq_hz * (double)s->opts.cpus.cnt;
	unsigned int entries;

	s->interval_ms = clamp(1000.0 * SAMPLES_PER_DRAIN / rate_hz, INTERVAL_MIN_MS,
			       INTERVAL_MAX_MS);
	if (s->opts.map_entries)
		return s->opts.map_entries;
	entries = clamp(rate_hz * s->interval_ms / 1000 * STACKS_PER_SAMPLE, MAP_ENTRIES_MIN,
			MAP_ENTRIES_MAX);
	return round_up_pow2(entries);
}

static int size_maps(struct sampler *s)
{
	struct bpf_map *stacks[] = { s->skel->maps.stacks0, s->skel->maps.stacks1 };
	struct bpf_map *counts[] = { s->skel->maps.counts0, s->skel->maps.counts1 };
	unsigned int entries = plan_maps(s), targets = (unsigned int)s->opts.targets.cnt;
	int err = 0;

	s->frames_max = read_frames_max();
	/* A sample has up to two stacks and one count. */
	s->counts_cap = entries > 1 ? entries / 2 : 1;
	for (int i = 0; i < 2 && !err; i++) {
		err = bpf_map__set_max_entries(stacks[i], entries);
		if (!err)
			err = bpf_map__set_value_size(stacks[i],
						      (__u32)(s->frames_max * sizeof(__u64)));
		if (!err)
			err = bpf_map__set_max_entries(counts[i], (__u32)s->counts_cap);
	}
	if (!err)
		err = bpf_map__set_max_entries(s->skel->maps.ring, RING_SIZE);
	if (s->opts.filter == FILTER_TREE)
		targets = TREE_THREADS_MAX;
	if (!err && targets)
		err = bpf_map__set_max_entries(s->skel->maps.targets, targets);
	return err;
}

static void set_knobs(struct sampler *s)
{
	static const __u32 filters[] = {
		[FILTER_NONE] = SAMPLE_ALL,	       [FILTER_PROCESSES] = SAMPLE_PROCESSES,
		[FILTER_THREADS] = SAMPLE_THREADS,     [FILTER_TREE] = SAMPLE_THREADS,
		[FILTER_CGROUP] = SAMPLE_CGROUP,
	};
	struct sample_bpf__rodata *knobs = s->skel->rodata;

	knobs->filter = filters[s->opts.filter];
	knobs->want_kernel = !s->opts.no_kernel;
	knobs->want_user = !s->opts.no_user;
	knobs->want_idle = s->opts.idle;
	knobs->want_threads = s->opts.per_thread;
	knobs->ring_wake_size = RING_SIZE / 2;
}

static int set_targets(struct sampler *s)
{
	int fd = bpf_map__fd(s->skel->maps.targets), zero = 0;
	__u8 value = s->opts.filter == FILTER_TREE ? TARGET_AFTER_EXEC : TARGET_WANTED;

	for (size_t i = 0; i < s->opts.targets.cnt; i++) {
		__u32 id = (__u32)s->opts.targets.ids[i];

		if (bpf_map_update_elem(fd, &id, &value, BPF_ANY))
			return -errno;
	}
	if (s->opts.filter == FILTER_CGROUP &&
	    bpf_map_update_elem(bpf_map__fd(s->skel->maps.cgroup), &zero, &s->opts.cgroup_fd, 0))
		return -errno;
	return s->opts.filter == FILTER_TREE ? follow_open(fd, &s->follow) : 0;
}

static void explain_load(int err)
{
	if (err == -EPERM || err == -EACCES)
		log_error("cannot load the sampling program: %s (needs root, or CAP_BPF and "
			  "CAP_PERFMON: try sudo)", strerror(-err));
	else if (err == -ENOSYS)
		log_error("cannot load the sampling program: this kernel has no BPF "
			  "(CONFIG_BPF_SYSCALL)");
	else
		log_error("cannot load the sampling program: %s\n%s", strerror(-err),
			  log_libbpf_output());
}

static int load(struct sampler *s)
{
	int err;

	log_capture_libbpf();
	s->skel = sample_bpf__open();
	if (!s->skel) {
		err = -errno;
		explain_load(err);
		return err;
	}
	set_knobs(s);
	err = size_maps(s);
	if (!err)
		err = sample_bpf__load(s->skel);
	if (err)
		explain_load(err);
	return err;
}

static void explain_event(const struct sampler *s, int cpu, int err)
{
	const char *event = s->opts.event->name;

	if (err == -EACCES || err == -EPERM)
		log_error("cannot sample %s on CPU %d: %s (needs root, or CAP_PERFMON, or "
			  "kernel.perf_event_paranoid -1: try sudo)", event, cpu, strerror(-err));
	else if (err == -ENOSYS)
		log_error("cannot sample %s: this kernel has no perf events (CONFIG_PERF_EVENTS)",
			  event);
	else if (err == -ENOENT || err == -EOPNOTSUPP)
		log_error("cannot sample %s: this machine has no such counter (virtual machines "
			  "often have none: try -e cpu-clock)", event);
	else
		log_error("cannot sample %s on CPU %d: %s", event, cpu, strerror(-err));
}

static int open_event(const struct sampler *s, int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = s->opts.event->type,
		.config = s->opts.event->config,
		.freq = 1,
		.sample_freq = s->opts.freq_hz,
		.disabled = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_events(struct sampler *s)
{
	size_t opened = 0;

	s->links = calloc(s->opts.cpus.cnt, sizeof(struct bpf_link *));
	s->event_fds = calloc(s->opts.cpus.cnt, sizeof(*s->event_fds));
	if (!s->links || !s->event_fds)
		return -ENOMEM;
	for (size_t i = 0; i < s->opts.cpus.cnt; i++)
		s->event_fds[i] = -1;
	for (size_t i = 0; i < s->opts.cpus.cnt; i++) {
		int cpu = s->opts.cpus.ids[i], fd = open_event(s, cpu);

		if (fd == -ENODEV) { /* taken offline since the list was read */
			log_warn("CPU %d is offline and not sampled", cpu);
			continue;
		}
		if (fd < 0) {
			explain_event(s, cpu, fd);
			return fd;
		}
		s->event_fds[i] = fd;
		opened++;
	}
	if (!opened)
		log_error("no CPU of the list is online");
	return opened ? 0 : -ENODEV;
}

/* Draining */

static size_t strip_zeros(const uint64_t *ips, size_t cnt)
{
	while (cnt && !ips[cnt - 1])
		cnt--;
	return cnt;
}

static int hand_over(struct sampler *s, const struct raw_sample *sample)
{
	s->drained += sample->count;
	return s->sink->sample(s->sink->ctx, sample);
}

static int on_stacks(struct sampler *s, const struct sample_stacks *rec)
{
	struct raw_sample sample = {
		.tgid = rec->key.tgid,
		.tid = rec->key.tid,
		.kernel = (const uint64_t *)rec->kernel, /* __u64 is another word for it */
		.user = (const uint64_t *)rec->user,
		.kernel_cnt = rec->kernel_size > 0 ? (size_t)rec->kernel_size / 8 : 0,
		.user_cnt = rec->user_size > 0 ? (size_t)rec->user_size / 8 : 0,
		.count = 1,
	};

	memcpy(sample.comm, rec->key.comm, sizeof(sample.comm));
	return hand_over(s, &sample);
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct sampler *s = ctx;
	const struct sample_process *process = data;

	if (size == sizeof(struct sample_stacks))
		s->sink_err = on_stacks(s, data);
	else if (size == sizeof(*process))
		s->sink_err = s->sink->process(s->sink->ctx, process->tgid);
	return s->sink_err;
}

static int read_stack(struct sampler *s, int map_fd, __s32 id, uint64_t *ips, size_t *cnt)
{
	*cnt = 0;
	if (id < 0)
		return 0;
	if (bpf_map_lookup_elem(map_fd, &id, ips))
		return -errno;
	*cnt = strip_zeros(ips, s->frames_max);
	return 0;
}

static int drain_key(struct sampler *s, int stacks_fd, const struct sample_key *key, uint64_t count)
{
	struct raw_sample sample = {
		.tgid = key->tgid,
		.tid = key->tid,
		.kernel = s->kernel,
		.user = s->user,
		.count = count,
	};

	memcpy(sample.comm, key->comm, sizeof(sample.comm));
	if (read_stack(s, stacks_fd, key->kstack_id, s->kernel, &sample.kernel_cnt) ||
	    read_stack(s, stacks_fd, key->ustack_id, s->user, &sample.user_cnt)) {
		s->stack_missing += count;
		return 0;
	}
	return hand_over(s, &sample);
}

/* Several counts may share a stack, so the stacks are removed when all are read. */
static void clear_stacks(int stacks_fd)
{
	__u32 id, next;
	int err = bpf_map_get_next_key(stacks_fd, NULL, &next);

	while (!err) {
		id = next;
		/* Before the removal: after an absent id the kernel starts again at the first. */
		err = bpf_map_get_next_key(stacks_fd, &id, &next);
		bpf_map_delete_elem(stacks_fd, &id);
	}
}

static int drain_generation(struct sampler *s, unsigned int generation)
{
	int stacks = bpf_map__fd(generation ? s->skel->maps.stacks1 : s->skel->maps.stacks0);
	int counts = bpf_map__fd(generation ? s->skel->maps.counts1 : s->skel->maps.counts0);
	__u32 batch = 0, cnt;
	void *in = NULL;
	int err = 0;

	while (!err) {
		cnt = (__u32)s->counts_cap;
		err = bpf_map_lookup_and_delete_batch(counts, in, &batch, s->keys, s->values, &cnt,
						      NULL);
		if (err && err != -ENOENT)
			break;
		for (__u32 i = 0; i < cnt; i++) {
			int sink_err = drain_key(s, stacks, &s->keys[i], s->values[i]);

			if (sink_err)
				return sink_err;
		}
		in = &batch;
	}
	clear_stacks(stacks);
	return err == -ENOENT ? 0 : err; /* -ENOENT: that was the last batch */
}

/*
 * No program that saw the old generation is still running after this: programs
 * of perf events run inside an RCU read-side section, and this command waits for
 * a grace period.  It is refused on nohz_full machines; there we wait far longer
 * than a program runs.
 */
static void wait_for_programs(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(GRACE_FALLBACK_US);
}

static int sampler_drain(struct source *src, const struct source_sink *sink, bool all)
{
	struct sampler *s = sampler_of(src);
	unsigned int old;
	int err;

	s->sink = sink;
	s->sink_err = 0;
	err = ring_buffer__consume(s->ring);
	if (s->sink_err || err < 0)
		return s->sink_err ? s->sink_err : err;
	if (!all)
		return 0;
	old = s->skel->bss->generation;
	s->skel->bss->generation = !old;
	if (!s->stopped)
		wait_for_programs();
	return drain_generation(s, old);
}

/* Life */

static int sampler_start(struct source *src)
{
	struct sampler *s = sampler_of(src);

	/* Attaching enables the event. */
	for (size_t i = 0; i < s->opts.cpus.cnt; i++) {
		int err;

		if (s->event_fds[i] < 0)
			continue;
		s->links[i] = bpf_program__attach_perf_event(s->skel->progs.sample,
							     s->event_fds[i]);
		if (s->links[i])
			continue;
		err = -errno;
		log_error("cannot attach the sampling program on CPU %d: %s\n%s",
			  s->opts.cpus.ids[i], strerror(-err), log_libbpf_output());
		return err;
	}
	return 0;
}

static void sampler_stop(struct source *src)
{
	struct sampler *s = sampler_of(src);

	for (size_t i = 0; i < s->opts.cpus.cnt; i++) {
		if (s->event_fds[i] >= 0)
			ioctl(s->event_fds[i], PERF_EVENT_IOC_DISABLE, 0);
	}
	s->stopped = true;
}

static int sampler_fd(const struct source *src)
{
	return ring_buffer__epoll_fd(sampler_of(src)->ring);
}

static int sampler_interval_ms(const struct source *src)
{
	return (int)sampler_of(src)->interval_ms;
}

static void add_tallies(const struct sampler *s, struct sample_tally *sum)
{
	int cpu_cnt = libbpf_num_possible_cpus();
	struct sample_tally *tallies;
	__u32 zero = 0;

	*sum = (struct sample_tally){ 0 };
	tallies = cpu_cnt > 0 ? calloc((size_t)cpu_cnt, sizeof(*tallies)) : NULL;
	if (tallies && !bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.tallies), &zero, tallies)) {
		for (int cpu = 0; cpu < cpu_cnt; cpu++) {
			sum->ticks += tallies[cpu].ticks;
			for (int i = 0; i < SAMPLE_OUTCOME_CNT; i++)
				sum->outcome[i] += tallies[cpu].outcome[i];
		}
	}
	free(tallies);
}

static void sampler_read_stats(struct source *src, struct source_stats *out)
{
	struct sampler *s = sampler_of(src);
	struct bpf_prog_info info = { 0 };
	__u32 info_size = sizeof(info);
	struct sample_tally sum;

	add_tallies(s, &sum);
	*out = (struct source_stats){
		.ticks = sum.ticks,
		.stored = sum.outcome[SAMPLE_STORED] + sum.outcome[SAMPLE_BY_VALUE] -
			  s->stack_missing,
		.idle = sum.outcome[SAMPLE_IDLE],
		.filtered = sum.outcome[SAMPLE_FILTERED],
		.lost = { { "ring_full", sum.outcome[SAMPLE_RING_FULL] },
			  { "stack_missing", s->stack_missing } },
		.lost_cnt = 2,
		.not_followed = s->follow ? follow_lost(s->follow) : 0,
	};
	if (!bpf_obj_get_info_by_fd(bpf_program__fd(s->skel->progs.sample), &info, &info_size)) {
		out->bpf_ns = info.run_time_ns;
		out->bpf_runs = info.run_cnt;
	}
	log_print(LOG_DEBUG, "by value: %llu samples",
		  (unsigned long long)sum.outcome[SAMPLE_BY_VALUE]);
}

static void sampler_close(struct source *src)
{
	struct sampler *s = sampler_of(src);

	follow_close(s->follow);
	ring_buffer__free(s->ring);
	for (size_t i = 0; i < s->opts.cpus.cnt; i++) {
		if (s->links && s->links[i])
			bpf_link__destroy(s->links[i]); /* closes the event too */
		else if (s->event_fds && s->event_fds[i] >= 0)
			close(s->event_fds[i]);
	}
	free(s->links);
	free(s->event_fds);
	sample_bpf__destroy(s->skel);
	if (s->stats_fd >= 0)
		close(s->stats_fd);
	free(s->keys);
	free(s->values);
	free(s->kernel);
	free(s->user);
	free(s);
}

static const struct source_ops sampler_ops = {
	.name = "bpf",
	.start = sampler_start,
	.fd = sampler_fd,
	.interval_ms = sampler_interval_ms,
	.drain = sampler_drain,
	.stop = sampler_stop,
	.read_stats = sampler_read_stats,
	.close = sampler_close,
};

static int prepare_drain(struct sampler *s)
{
	s->keys = calloc(s->counts_cap, sizeof(*s->keys));
	s->values = calloc(s->counts_cap, sizeof(*s->values));
	s->kernel = calloc(s->frames_max, sizeof(*s->kernel));
	s->user = calloc(s->frames_max, sizeof(*s->user));
	s->ring = ring_buffer__new(bpf_map__fd(s->skel->maps.ring), on_record, s, NULL);
	return s->keys && s->values && s->kernel && s->user && s->ring ? 0 : -ENOMEM;
}

int bpf_source_open(const struct source_opts *opts, struct source **out)
{
	struct sampler *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return -ENOMEM;
	*s = (struct sampler){ .source.ops = &sampler_ops, .opts = *opts, .stats_fd = -1 };
	err = load(s);
	if (!err)
		err = set_targets(s);
	if (!err)
		err = prepare_drain(s);
	if (!err)
		err = open_events(s);
	if (err) {
		sampler_close(&s->source);
		return err;
	}
	/* Linux 5.8; without it the ledger has no cost of the program. */
	s->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	*out = &s->source;
	return 0;
}
