// SPDX-License-Identifier: BSD-2-Clause
/* bpf_sizes.c - see bpf_sizes.h. */
#include "profiler/source/bpf_sizes.h"

#include <linux/types.h>
#include <stdio.h>

#include "bpf/sample.h"
#include "profiler/source/source.h"

/* Samples that a generation of maps takes between two drains, and how much room each has. */
#define SAMPLES_PER_DRAIN 1000
#define STACKS_PER_SAMPLE 8 /* two, at a load of 1/4, so that few buckets collide */
#define STACKS_MIN	  1024
#define STACKS_MAX	  65536	     /* a stacks map of this size takes 67 MB */
#define COUNTS_MAX	  (1u << 17) /* of a generation: 8 MiB */
#define INTERVAL_MIN_MS	  100
#define INTERVAL_MAX_MS	  1000
#define RING_MIN	  (1024 * 1024)
#define RING_MAX	  (16 * 1024 * 1024)
#define RING_PER_SAMPLE	  512 /* bytes of a stack of 50 frames by value */
#define COPIES_MAX	  (8 * 1024 * 1024)
#define COPIES_WAIT_S	  0.1 /* what it takes to read a large new program */
#define MAX_STACK_PATH	  "/proc/sys/kernel/perf_event_max_stack"

size_t bpf_frames_max(void)
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

/* Each CPU has counts of its own: as many as it alone can need in a generation, at a load of 1/4. */
static void plan_counts(const struct source_opts *opts, struct bpf_sizes *out)
{
	unsigned int own, most;

	out->count_cpus = 0;
	for (size_t i = 0; i < opts->cpus.cnt; i++) {
		if ((unsigned int)opts->cpus.ids[i] >= out->count_cpus)
			out->count_cpus = (unsigned int)opts->cpus.ids[i] + 1;
	}
	own = opts->map_entries ? out->stack_cnt
				: out->stack_cnt / 2 / (unsigned int)opts->cpus.cnt;
	most = COUNTS_MAX / out->count_cpus;
	out->counts_a_cpu = round_up_pow2(own < most ? own : most);
	out->count_cnt = out->counts_a_cpu * out->count_cpus;
}

/* The faster the samples come, the more often the maps are emptied, and then the larger they are. */
void bpf_sizes_plan(const struct source_opts *opts, size_t frames_max, struct bpf_sizes *out)
{
	double rate_hz = (double)opts->freq_hz * (double)opts->cpus.cnt, samples;

	*out = (struct bpf_sizes){ .frames_max = frames_max };
	out->interval_ms =
		clamp(1000.0 * SAMPLES_PER_DRAIN / rate_hz, INTERVAL_MIN_MS, INTERVAL_MAX_MS);
	samples = rate_hz * out->interval_ms / 1000;
	out->ring_size = round_up_pow2(clamp(samples * RING_PER_SAMPLE, RING_MIN, RING_MAX));
	out->copies_size = round_up_pow2(
		clamp(rate_hz * COPIES_WAIT_S * sizeof(struct sample_copy), RING_MIN, COPIES_MAX));
	out->stack_cnt = opts->map_entries;
	if (!out->stack_cnt)
		out->stack_cnt =
			round_up_pow2(clamp(samples * STACKS_PER_SAMPLE, STACKS_MIN, STACKS_MAX));
	plan_counts(opts, out);
}

unsigned int bpf_sizes_interval_ms(const struct bpf_sizes *sizes, unsigned int divisor)
{
	return clamp((double)sizes->interval_ms * divisor, INTERVAL_MIN_MS, INTERVAL_MAX_MS);
}
