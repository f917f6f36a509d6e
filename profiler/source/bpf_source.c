// SPDX-License-Identifier: BSD-2-Clause
/*
 * bpf_source.c - the source of samples that is a BPF program, see source.h and
 * bpf/sample.bpf.c: opens it, sizes its maps, attaches it, drains it.
 */
#include "profiler/source/bpf_source.h"
#include "profiler/source/source.h"
#include "profiler/source/bpf_drain.h"
#include "profiler/source/events.h"
#include "profiler/source/filter.h"
#include "profiler/source/follow.h"
#include "profiler/log.h"
#include "profiler/source/pidns.h"
#include <linux/types.h> /* bpf/sample.h wants its includer to have these */
#include "bpf/sample.h"
#include "bpf/sample.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of a generation of maps: samples it takes between two drains, and room for each. */
#define SAMPLES_PER_DRAIN 1000
#define STACKS_PER_SAMPLE 8 /* two, and a load of 1/4 so that few buckets collide */
#define MAP_ENTRIES_MIN	  1024
#define MAP_ENTRIES_MAX	  65536	     /* a stacks map of this size takes 67 MB */
#define COUNTS_MAX	  (1u << 17) /* of a generation: 8 MiB */
#define INTERVAL_MIN_MS	  100
#define INTERVAL_MAX_MS	  1000
/* Rings, in bytes. */
#define RING_MIN	 (1024 * 1024)
#define RING_MAX	 (16 * 1024 * 1024)
#define RING_PER_SAMPLE	 512  /* a stack of 50 frames by value */
#define COUNT_FROM_HZ	 1000 /* slower: see want_counts in bpf/sample.bpf.c */
#define COPIES_MAX	 (8 * 1024 * 1024)
#define COPIES_WAIT_S	 0.1 /* what a large new program takes to be read */
#define TREE_THREADS_MAX 131072
#define MAX_STACK_PATH	 "/proc/sys/kernel/perf_event_max_stack"

struct sampler {
	struct sample_source source;
	struct source_opts opts; /* borrowed lists */
	struct ids_ns ns;
	struct sample_bpf *skel;
	struct bpf_program *prog; /* the one of the programs that is attached */
	bool cfi;
	struct drain *drain;
	struct follow *follow;
	struct events *events;
	int stats_fd;
	struct sample_tally *tallies; /* one per possible CPU; there from the start: */
	int tally_cnt;		      /* without memory for them there is no ledger */
	struct kernel_tables tables;
	unsigned int interval_ms, ring_size, copies_size;
	unsigned int divisor; /* of the rate */
	bool stopped;
	size_t frames_max;
	struct sample_count *counts; /* mapped; both generations */
	unsigned int count_cnt;	     /* of one generation */
};

static struct sampler *sampler_of(const struct sample_source *src)
{
	return (struct sampler *)src;
}

/* Opening */

static size_t read_frames_max(void)
{
	FILE *f = fopen(MAX_STACK_PATH, "re");
	size_t max = SAMPLE_KERNEL_MAX;

	if (f && fscanf(f, "%zu", &max) != 1)
		max = SAMPLE_KERNEL_MAX;
	if (f)
		fclose(f);
	return max && max < SAMPLE_KERNEL_MAX ? max : SAMPLE_KERNEL_MAX;
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

	s->interval_ms =
		clamp(1000.0 * SAMPLES_PER_DRAIN / rate_hz, INTERVAL_MIN_MS, INTERVAL_MAX_MS);
	s->ring_size = round_up_pow2(
		clamp(rate_hz * s->interval_ms / 1000 * RING_PER_SAMPLE, RING_MIN, RING_MAX));
	s->copies_size = round_up_pow2(
		clamp(rate_hz * COPIES_WAIT_S * sizeof(struct sample_copy), RING_MIN, COPIES_MAX));
	if (s->opts.map_entries)
		return s->opts.map_entries;
	entries = clamp(rate_hz * s->interval_ms / 1000 * STACKS_PER_SAMPLE, MAP_ENTRIES_MIN,
			MAP_ENTRIES_MAX);
	return round_up_pow2(entries);
}

/* Each CPU has its own: what it alone can take in a generation, at a load of 1/4. */
static void plan_counts(struct sampler *s, unsigned int entries)
{
	struct sample_bpf__rodata *knobs = s->skel->rodata;
	unsigned int cpus = 0, own;

	for (size_t i = 0; i < s->opts.cpus.cnt; i++) {
		if ((unsigned int)s->opts.cpus.ids[i] >= cpus)
			cpus = (unsigned int)s->opts.cpus.ids[i] + 1;
	}
	own = s->opts.map_entries ? entries : entries / 2 / (unsigned int)s->opts.cpus.cnt;
	own = round_up_pow2(own < COUNTS_MAX / cpus ? own : COUNTS_MAX / cpus);
	knobs->count_cpus = cpus;
	knobs->count_mask = own - 1;
	s->count_cnt = own * cpus;
}

static int map_counts(struct sampler *s)
{
	void *counts = mmap(NULL, 2 * s->count_cnt * sizeof(*s->counts), PROT_READ | PROT_WRITE,
			    MAP_SHARED, bpf_map__fd(s->skel->maps.counts), 0);

	if (counts == MAP_FAILED)
		return -errno;
	s->counts = counts;
	return 0;
}

static int size_maps(struct sampler *s)
{
	struct bpf_map *stacks[] = { s->skel->maps.stacks0, s->skel->maps.stacks1 };
	unsigned int entries = plan_maps(s), targets = (unsigned int)s->opts.targets.cnt;
	int err = 0;

	s->skel->rodata->ring_wake_size = s->ring_size / 2;
	s->frames_max = read_frames_max();
	for (int i = 0; i < 2 && !err; i++) {
		err = bpf_map__set_max_entries(stacks[i], entries);
		if (!err)
			err = bpf_map__set_value_size(stacks[i],
						      (__u32)(s->frames_max * sizeof(__u64)));
	}
	plan_counts(s, entries);
	if (!err)
		err = bpf_map__set_max_entries(s->skel->maps.counts, 2 * s->count_cnt);
	if (!err)
		err = bpf_map__set_max_entries(s->skel->maps.ring, s->ring_size);
	if (!err)
		err = bpf_map__set_max_entries(s->skel->maps.copies, s->copies_size);
	if (filter_follows(s->opts.filter))
		targets = TREE_THREADS_MAX;
	if (!err && targets)
		err = bpf_map__set_max_entries(s->skel->maps.targets, targets);
	if (!err && filter_follows(s->opts.filter) && s->ns.ino)
		err = bpf_map__set_max_entries(s->skel->maps.seeds, targets);
	return err;
}

static void set_knobs(struct sampler *s)
{
	static const __u32 filters[] = {
		[FILTER_NONE] = SAMPLE_ALL,	   [FILTER_PROCESSES] = SAMPLE_PROCESSES,
		[FILTER_THREADS] = SAMPLE_THREADS, [FILTER_TREE] = SAMPLE_TREE,
		[FILTER_CGROUP] = SAMPLE_CGROUP,   [FILTER_FAMILIES] = SAMPLE_TREE,
	};
	struct sample_bpf__rodata *knobs = s->skel->rodata;

	knobs->filter = filters[s->opts.filter];
	knobs->want_kernel = !s->opts.no_kernel;
	knobs->want_user = !s->opts.no_user;
	knobs->want_counts = (double)s->opts.freq_hz * (double)s->opts.cpus.cnt > COUNT_FROM_HZ;
	knobs->want_idle = s->opts.idle;
	knobs->want_threads = s->opts.per_thread;
	knobs->want_time = s->stats_fd < 0;
	memcpy((void *)&knobs->ids_ns, &s->ns, sizeof(s->ns));
}

static int set_targets(struct sampler *s, struct refusal *refusal)
{
	const struct filter_maps maps = {
		.follow = { bpf_map__fd(s->skel->maps.targets), bpf_map__fd(s->skel->maps.seeds) },
		.cgroup = bpf_map__fd(s->skel->maps.cgroup),
	};

	return filter_set(&s->opts, &maps, &s->ns, refusal, &s->follow);
}

static int refuse_load(struct refusal *out, enum source_why why, int err)
{
	if (err == -EPERM || err == -EACCES)
		refusal_set(out, why, err,
			    "cannot load the sampling program: %s (needs root, or CAP_BPF and "
			    "CAP_PERFMON: try sudo)",
			    strerror(-err));
	else if (err == -ENOSYS)
		return refusal_set(out, why, err,
				   "cannot load the sampling program: this kernel has no BPF "
				   "(CONFIG_BPF_SYSCALL)");
	else
		refusal_set(out, why, err, "cannot load the sampling program: %s", strerror(-err));
	refusal_add_libbpf(out);
	return err;
}

/* Which of the programs; what only the others need is not made. */
static void choose_program(struct sampler *s, bool loop)
{
	struct sample_bpf *skel = s->skel;
	struct bpf_map *of_cfi[] = { skel->maps.processes, skel->maps.mappings, skel->maps.files,
				     skel->maps.pages,	   skel->maps.shards,	skel->maps.copies };

	s->prog = !s->cfi ? skel->progs.sample_fp
		  : loop  ? skel->progs.sample_cfi
			  : skel->progs.sample_cfi_tail;
	bpf_program__set_autoload(s->prog, true);
	if (s->cfi && !loop)
		bpf_program__set_autoload(skel->progs.walk_on, true);
	for (size_t i = 0; !s->cfi && i < sizeof(of_cfi) / sizeof(of_cfi[0]); i++)
		bpf_map__set_autocreate(of_cfi[i], false);
	bpf_map__set_autocreate(skel->maps.walkers, s->cfi && !loop);
}

static int link_walkers(struct sampler *s)
{
	int zero = 0, fd = bpf_program__fd(s->skel->progs.walk_on);

	return bpf_map_update_elem(bpf_map__fd(s->skel->maps.walkers), &zero, &fd, BPF_ANY);
}

static int load_once(struct sampler *s, bool cfi, bool loop)
{
	int err;

	log_capture_libbpf();
	sample_bpf__destroy(s->skel);
	s->cfi = cfi;
	s->skel = sample_bpf__open();
	if (!s->skel)
		return -errno;
	choose_program(s, loop);
	set_knobs(s);
	err = size_maps(s);
	if (!err)
		err = sample_bpf__load(s->skel);
	if (!err && cfi && !loop)
		err = link_walkers(s);
	return err;
}

/* With bpf_loop() or without: what this kernel takes. */
static int load_by_tables(struct sampler *s)
{
	bool loop = libbpf_probe_bpf_helper(BPF_PROG_TYPE_PERF_EVENT, BPF_FUNC_loop, NULL) > 0;
	int err = load_once(s, true, loop);

	if (err && loop && err != -EPERM && err != -EACCES)
		err = load_once(s, true, false);
	return err;
}

/*
 * A kernel that loads a program without tables, but none with them, refuses the tables: perf
 * events would then give complete stacks.  One that loads neither has another reason.
 */
static int load(struct sampler *s, struct refusal *refusal)
{
	bool by_fp = s->opts.unwind == UNWIND_BY_FP || s->opts.no_user;
	int err = by_fp ? load_once(s, false, false) : load_by_tables(s);

	if (!err)
		return 0;
	refuse_load(refusal, refusal_why(err), err);
	if (by_fp || refusal->why != SOURCE_BEST)
		return err;
	err = load_once(s, false, false);
	if (err)
		return refuse_load(refusal, refusal_why(err), err);
	refusal->why = SOURCE_NO_TABLES;
	return refusal->err;
}

/* Life */

static int sampler_start(struct sample_source *src)
{
	return events_enable(sampler_of(src)->events);
}

static void sampler_stop(struct sample_source *src)
{
	struct sampler *s = sampler_of(src);

	events_disable(s->events);
	s->stopped = true;
}

static int sampler_fd(const struct sample_source *src)
{
	return drain_fd(sampler_of(src)->drain);
}

/* The maps were sized for the full rate: at a lower one there is less to read, less often. */
static int sampler_interval_ms(const struct sample_source *src)
{
	const struct sampler *s = sampler_of(src);

	return (int)clamp((double)s->interval_ms * s->divisor, INTERVAL_MIN_MS, INTERVAL_MAX_MS);
}

static int sampler_divide_rate(struct sample_source *src, unsigned int divisor, unsigned int *now)
{
	struct sampler *s = sampler_of(src);
	int err = events_divide_rate(s->events, divisor);

	*now = s->divisor;
	if (err) {
		events_divide_rate(s->events, s->divisor);
		return err;
	}
	*now = s->divisor = divisor;
	drain_set_divisor(s->drain, divisor);
	return 0;
}

static int sampler_drain(struct sample_source *src, const struct source_sink *sink, bool all)
{
	struct sampler *s = sampler_of(src);

	return all ? drain_all(s->drain, sink, s->stopped) : drain_rings(s->drain, sink);
}

static const struct kernel_tables *sampler_tables(const struct sample_source *src)
{
	return sampler_of(src)->cfi ? &sampler_of(src)->tables : NULL;
}

static void add_tallies(const struct sampler *s, struct sample_tally *sum)
{
	__u32 zero = 0;

	*sum = (struct sample_tally){ 0 };
	if (bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.tallies), &zero, s->tallies))
		return;
	for (int cpu = 0; cpu < s->tally_cnt; cpu++) {
		sum->ticks += s->tallies[cpu].ticks;
		sum->run_ns += s->tallies[cpu].run_ns;
		for (int i = 0; i < SAMPLE_OUTCOME_CNT; i++)
			sum->outcome[i] += s->tallies[cpu].outcome[i];
	}
}

static void sampler_read_stats(struct sample_source *src, struct source_stats *out)
{
	struct sampler *s = sampler_of(src);
	struct bpf_prog_info info = { 0 };
	__u32 info_size = sizeof(info);
	uint64_t missing = drain_missing(s->drain);
	struct sample_tally sum;

	add_tallies(s, &sum);
	*out = (struct source_stats){
		.tier = SOURCE_BPF,
		.ticks = sum.ticks,
		.stored = sum.outcome[SAMPLE_STORED] + sum.outcome[SAMPLE_BY_VALUE] - missing,
		.idle = sum.outcome[SAMPLE_IDLE],
		.filtered = sum.outcome[SAMPLE_FILTERED],
		.lost = { { "ring_full", sum.outcome[SAMPLE_RING_FULL] },
			  { "stack_missing", missing } },
		.lost_cnt = 2,
		.not_followed = s->follow ? follow_lost(s->follow) : 0,
		.bpf_ns = sum.run_ns,
		.bpf_runs = sum.run_ns ? sum.ticks : 0,
	};
	if (s->stats_fd >= 0 &&
	    !bpf_obj_get_info_by_fd(bpf_program__fd(s->prog), &info, &info_size)) {
		out->bpf_ns = info.run_time_ns;
		out->bpf_runs = info.run_cnt;
	}
	log_print(LOG_DEBUG, "by value: %llu samples",
		  (unsigned long long)sum.outcome[SAMPLE_BY_VALUE]);
}

static void sampler_close(struct sample_source *src)
{
	struct sampler *s = sampler_of(src);

	follow_close(s->follow);
	drain_close(s->drain);
	events_close(s->events);
	free(s->tallies);
	if (s->counts)
		munmap(s->counts, 2 * s->count_cnt * sizeof(*s->counts));
	sample_bpf__destroy(s->skel);
	if (s->stats_fd >= 0)
		close(s->stats_fd);
	free(s);
}

static const struct source_ops sampler_ops = {
	.start = sampler_start,
	.fd = sampler_fd,
	.interval_ms = sampler_interval_ms,
	.drain = sampler_drain,
	.divide_rate = sampler_divide_rate,
	.tables = sampler_tables,
	.stop = sampler_stop,
	.read_stats = sampler_read_stats,
	.close = sampler_close,
};

static int prepare_drain(struct sampler *s)
{
	struct sample_bpf *skel = s->skel;
	struct drain_opts opts = {
		.stacks = { bpf_map__fd(skel->maps.stacks0), bpf_map__fd(skel->maps.stacks1) },
		.counts = { s->counts, s->counts + s->count_cnt },
		.ring = bpf_map__fd(skel->maps.ring),
		.copies = bpf_map__fd(skel->maps.copies),
		.ring_size = s->ring_size,
		.copies_size = s->copies_size,
		.generation = &skel->bss->generation,
		.count_cnt = s->count_cnt,
		.kernel_max = s->frames_max,
		.cfi = s->cfi,
	};

	s->tables = (struct kernel_tables){
		.files = bpf_map__fd(skel->maps.files),
		.pages = bpf_map__fd(skel->maps.pages),
		.shards = bpf_map__fd(skel->maps.shards),
		.mappings = bpf_map__fd(skel->maps.mappings),
		.processes = bpf_map__fd(skel->maps.processes),
	};
	return drain_open(&opts, &s->drain);
}

static int prepare_tallies(struct sampler *s)
{
	s->tally_cnt = libbpf_num_possible_cpus();
	if (s->tally_cnt < 0)
		return s->tally_cnt;
	s->tallies = calloc((size_t)s->tally_cnt, sizeof(*s->tallies));
	return s->tallies ? 0 : -ENOMEM;
}

/* What the loaded program and we share. */
static int prepare(struct sampler *s, struct refusal *refusal)
{
	int err = prepare_tallies(s);

	if (!err)
		err = map_counts(s);
	if (!err)
		err = prepare_drain(s);
	return err ? refusal_set(refusal, refusal_why(err), err, NULL) : 0;
}

static int open_sampler(struct sampler *s, struct refusal *refusal)
{
	int err = pidns_read(refusal, &s->ns);

	if (!err)
		err = load(s, refusal);
	if (!err)
		err = set_targets(s, refusal);
	if (!err)
		err = prepare(s, refusal);
	if (!err)
		err = events_open(s->opts.event, s->opts.freq_hz, &s->opts.cpus, refusal,
				  &s->events);
	if (!err)
		err = events_attach(s->events, bpf_program__fd(s->prog), refusal);
	return err;
}

int bpf_source_open(const struct source_opts *opts, struct refusal *refusal,
		    struct sample_source **out)
{
	struct sampler *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return refusal_set(refusal, SOURCE_BEST, -ENOMEM, NULL);
	*s = (struct sampler){
		.source.ops = &sampler_ops, .opts = *opts, .stats_fd = -1, .divisor = 1
	};
	/* Linux 5.8, CAP_SYS_ADMIN; without it the program looks at the clock itself. */
	s->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	err = open_sampler(s, refusal);
	if (err) {
		sampler_close(&s->source);
		return err;
	}
	*out = &s->source;
	return 0;
}
