// SPDX-License-Identifier: BSD-2-Clause
/* bpf_source.c - see bpf_source.h. */
#include "profiler/source/bpf_source.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/ids.h"
#include "bpf/sample.h"
#include "bpf/sample.skel.h"
#include "profiler/log.h"
#include "profiler/source/bpf_drain.h"
#include "profiler/source/events.h"
#include "profiler/source/filter.h"
#include "profiler/source/follow.h"
#include "profiler/source/pidns.h"
#include "profiler/source/sample_program.h"
#include "profiler/source/source.h"

struct bpf_source {
	struct sample_source source;
	struct source_opts opts; /* borrowed lists */
	struct ids_ns ns;
	struct bpf_sizes sizes;
	struct sample_program program;
	struct bpf_drain *drain;
	struct follow *follow; /* NULL: nobody is followed */
	struct events *events;
	int stats_fd; /* the kernel counts the time of programs while it is open; -1: it does not */
	struct sample_tally *tallies; /* one per possible CPU, made while memory can still fail */
	int tally_cnt;
	struct kernel_tables tables;
	unsigned int divisor; /* of the rate */
	bool stopped;
	struct sample_count *counts; /* mapped; both generations */
};

static struct bpf_source *bpf_source_of(const struct sample_source *src)
{
	return (struct bpf_source *)src;
}

/* Life */

static int bpf_source_start(struct sample_source *src)
{
	return events_enable(bpf_source_of(src)->events);
}

static void bpf_source_stop(struct sample_source *src)
{
	struct bpf_source *s = bpf_source_of(src);

	events_disable(s->events);
	s->stopped = true;
}

static int bpf_source_fd(const struct sample_source *src)
{
	return bpf_drain_fd(bpf_source_of(src)->drain);
}

static int bpf_source_interval_ms(const struct sample_source *src)
{
	const struct bpf_source *s = bpf_source_of(src);

	return (int)bpf_sizes_interval_ms(&s->sizes, s->divisor);
}

static int bpf_source_divide_rate(struct sample_source *src, unsigned int divisor,
				  unsigned int *now)
{
	struct bpf_source *s = bpf_source_of(src);
	int err = events_divide_rate(s->events, divisor);

	*now = s->divisor;
	if (err) {
		events_divide_rate(s->events, s->divisor);
		return err;
	}
	*now = s->divisor = divisor;
	bpf_drain_set_divisor(s->drain, divisor);
	return 0;
}

static int bpf_source_drain(struct sample_source *src, const struct source_sink *sink, bool all)
{
	struct bpf_source *s = bpf_source_of(src);

	return all ? bpf_drain_all(s->drain, sink, s->stopped) : bpf_drain_rings(s->drain, sink);
}

static const struct kernel_tables *bpf_source_tables(const struct sample_source *src)
{
	return bpf_source_of(src)->program.by_tables ? &bpf_source_of(src)->tables : NULL;
}

static void add_tallies(const struct bpf_source *s, struct sample_tally *sum)
{
	__u32 zero = 0;

	*sum = (struct sample_tally){ 0 };
	if (bpf_map_lookup_elem(bpf_map__fd(s->program.skel->maps.tallies), &zero, s->tallies))
		return;
	for (int cpu = 0; cpu < s->tally_cnt; cpu++) {
		sum->ticks += s->tallies[cpu].ticks;
		sum->run_ns += s->tallies[cpu].run_ns;
		for (int i = 0; i < SAMPLE_OUTCOME_CNT; i++)
			sum->outcome[i] += s->tallies[cpu].outcome[i];
	}
}

static void bpf_source_read_stats(struct sample_source *src, struct source_stats *out)
{
	struct bpf_source *s = bpf_source_of(src);
	struct bpf_prog_info info = { 0 };
	__u32 info_size = sizeof(info);
	uint64_t missing = bpf_drain_missing(s->drain);
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
	    !bpf_obj_get_info_by_fd(bpf_program__fd(s->program.prog), &info, &info_size)) {
		out->bpf_ns = info.run_time_ns;
		out->bpf_runs = info.run_cnt;
	}
	log_print(LOG_DEBUG, "by value: %llu samples",
		  (unsigned long long)sum.outcome[SAMPLE_BY_VALUE]);
}

static void bpf_source_close(struct sample_source *src)
{
	struct bpf_source *s = bpf_source_of(src);

	follow_close(s->follow);
	bpf_drain_close(s->drain);
	events_close(s->events);
	free(s->tallies);
	if (s->counts)
		munmap(s->counts, 2 * s->sizes.count_cnt * sizeof(*s->counts));
	sample_program_unload(&s->program);
	if (s->stats_fd >= 0)
		close(s->stats_fd);
	free(s);
}

static const struct source_ops bpf_source_ops = {
	.start = bpf_source_start,
	.fd = bpf_source_fd,
	.interval_ms = bpf_source_interval_ms,
	.drain = bpf_source_drain,
	.divide_rate = bpf_source_divide_rate,
	.tables = bpf_source_tables,
	.stop = bpf_source_stop,
	.read_stats = bpf_source_read_stats,
	.close = bpf_source_close,
};

/* Opening */

static int set_targets(struct bpf_source *s, struct refusal *refusal)
{
	const struct sample_bpf *skel = s->program.skel;
	const struct filter_maps maps = {
		.follow = { bpf_map__fd(skel->maps.targets), bpf_map__fd(skel->maps.seeds) },
		.cgroup = bpf_map__fd(skel->maps.cgroup),
	};

	return filter_set(&s->opts, &maps, &s->ns, refusal, &s->follow);
}

static int map_counts(struct bpf_source *s)
{
	void *counts =
		mmap(NULL, 2 * s->sizes.count_cnt * sizeof(*s->counts), PROT_READ | PROT_WRITE,
		     MAP_SHARED, bpf_map__fd(s->program.skel->maps.counts), 0);

	if (counts == MAP_FAILED)
		return -errno;
	s->counts = counts;
	return 0;
}

static int prepare_drain(struct bpf_source *s)
{
	struct sample_bpf *skel = s->program.skel;
	struct bpf_drain_opts opts = {
		.stacks = { bpf_map__fd(skel->maps.stacks0), bpf_map__fd(skel->maps.stacks1) },
		.counts = { s->counts, s->counts + s->sizes.count_cnt },
		.ring = bpf_map__fd(skel->maps.ring),
		.copies = bpf_map__fd(skel->maps.copies),
		.ring_size = s->sizes.ring_size,
		.copies_size = s->sizes.copies_size,
		.generation = &skel->bss->generation,
		.count_cnt = s->sizes.count_cnt,
		.kernel_max = s->sizes.frames_max,
		.cfi = s->program.by_tables,
	};

	s->tables = (struct kernel_tables){
		.files = bpf_map__fd(skel->maps.files),
		.pages = bpf_map__fd(skel->maps.pages),
		.shards = bpf_map__fd(skel->maps.shards),
		.mappings = bpf_map__fd(skel->maps.mappings),
		.processes = bpf_map__fd(skel->maps.processes),
		.interpreters =
			s->program.has_interpreters ? bpf_map__fd(skel->maps.interpreters) : -1,
		.interpreter_guesses = bpf_map__fd(skel->maps.interpreter_guesses),
		.interpreter_cnt = &skel->bss->interpreter_cnt,
	};
	return bpf_drain_open(&opts, &s->drain);
}

static int prepare_tallies(struct bpf_source *s)
{
	s->tally_cnt = libbpf_num_possible_cpus();
	if (s->tally_cnt < 0)
		return s->tally_cnt;
	s->tallies = calloc((size_t)s->tally_cnt, sizeof(*s->tallies));
	return s->tallies ? 0 : -ENOMEM;
}

/* What the loaded program and we share. */
static int prepare(struct bpf_source *s, struct refusal *refusal)
{
	int err = prepare_tallies(s);

	if (!err)
		err = map_counts(s);
	if (!err)
		err = prepare_drain(s);
	return err ? refusal_set(refusal, refusal_why(err), err, NULL) : 0;
}

static int load(struct bpf_source *s, struct refusal *refusal)
{
	const struct sample_setup setup = {
		.opts = &s->opts,
		.sizes = &s->sizes,
		.ns = &s->ns,
		.want_time = s->stats_fd < 0,
	};

	bpf_sizes_plan(&s->opts, bpf_frames_max(), &s->sizes);
	return sample_program_load(&setup, refusal, &s->program);
}

static int open_all(struct bpf_source *s, struct refusal *refusal)
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
		err = events_attach(s->events, bpf_program__fd(s->program.prog), refusal);
	return err;
}

int bpf_source_open(const struct source_opts *opts, struct refusal *refusal,
		    struct sample_source **out)
{
	struct bpf_source *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return refusal_set(refusal, SOURCE_BEST, -ENOMEM, NULL);
	*s = (struct bpf_source){
		.source.ops = &bpf_source_ops, .opts = *opts, .stats_fd = -1, .divisor = 1
	};
	/* Linux 5.8, CAP_SYS_ADMIN; without it the program looks at the clock itself. */
	s->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	err = open_all(s, refusal);
	if (err) {
		bpf_source_close(&s->source);
		return err;
	}
	*out = &s->source;
	return 0;
}
