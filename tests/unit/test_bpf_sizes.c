// SPDX-License-Identifier: BSD-2-Clause
/* How large the maps and rings of the sampling program are planned. */
#include "profiler/source/bpf_sizes.h"
#include "tests/unit/row.h"

#include <linux/types.h>

#include "bpf/sample.h"
#include "profiler/source/source.h"

#define MANY 512

static int cpu_ids[MANY];

static struct source_opts opts_of(unsigned int freq_hz, size_t cpu_cnt, unsigned int map_entries)
{
	for (size_t i = 0; i < cpu_cnt; i++)
		cpu_ids[i] = (int)i;
	return (struct source_opts){
		.freq_hz = freq_hz,
		.cpus = { .ids = cpu_ids, .cnt = cpu_cnt },
		.map_entries = map_entries,
	};
}

static void sizes_follow_the_rate_within_their_bounds(void **state)
{
	static const struct {
		const char *name;
		unsigned int freq_hz;
		size_t cpu_cnt;
		unsigned int map_entries;
		struct bpf_sizes want;
	} rows[] = {
		{ "one CPU at 99 Hz: everything is as small as it may be",
		  99,
		  1,
		  0,
		  { .interval_ms = 1000,
		    .stack_cnt = 1024,
		    .ring_size = 1 << 20,
		    .copies_size = 1 << 20,
		    .count_cpus = 1,
		    .counts_a_cpu = 512,
		    .count_cnt = 512 } },
		{ "two CPUs at 4999 Hz: a tenth of a second between two drains",
		  4999,
		  2,
		  0,
		  { .interval_ms = 100,
		    .stack_cnt = 8192,
		    .ring_size = 1 << 20,
		    .copies_size = 8 << 20,
		    .count_cpus = 2,
		    .counts_a_cpu = 2048,
		    .count_cnt = 4096 } },
		{ "many CPUs, fast: everything is as large as it may be",
		  20000,
		  MANY,
		  0,
		  { .interval_ms = 100,
		    .stack_cnt = 65536,
		    .ring_size = 16 << 20,
		    .copies_size = 8 << 20,
		    .count_cpus = MANY,
		    .counts_a_cpu = 64,
		    .count_cnt = 64 * MANY } },
		{ "maps of one entry",
		  4999,
		  2,
		  1,
		  { .interval_ms = 100,
		    .stack_cnt = 1,
		    .ring_size = 1 << 20,
		    .copies_size = 8 << 20,
		    .count_cpus = 2,
		    .counts_a_cpu = 1,
		    .count_cnt = 2 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct source_opts opts =
			opts_of(rows[i].freq_hz, rows[i].cpu_cnt, rows[i].map_entries);
		const struct bpf_sizes *want = &rows[i].want;
		struct bpf_sizes got;

		bpf_sizes_plan(&opts, 127, &got);
		ROW_EQUAL(rows[i].name, got.interval_ms, want->interval_ms);
		ROW_EQUAL(rows[i].name, got.stack_cnt, want->stack_cnt);
		ROW_EQUAL(rows[i].name, got.ring_size, want->ring_size);
		ROW_EQUAL(rows[i].name, got.copies_size, want->copies_size);
		ROW_EQUAL(rows[i].name, got.count_cpus, want->count_cpus);
		ROW_EQUAL(rows[i].name, got.counts_a_cpu, want->counts_a_cpu);
		ROW_EQUAL(rows[i].name, got.count_cnt, want->count_cnt);
		ROW_EQUAL(rows[i].name, got.frames_max, 127);
	}
}

/* The program looks for its counts by the number of its CPU, whoever else is sampled. */
static void cpus_with_gaps_have_counts_up_to_the_last_one(void **state)
{
	struct source_opts opts = opts_of(99, 2, 0);
	struct bpf_sizes sizes;

	cpu_ids[0] = 3;
	cpu_ids[1] = 7;
	bpf_sizes_plan(&opts, 127, &sizes);
	assert_int_equal(sizes.count_cpus, 8);
	assert_int_equal(sizes.count_cnt, 8 * sizes.counts_a_cpu);
}

static void a_lower_rate_is_drained_less_often(void **state)
{
	static const struct {
		const char *name;
		unsigned int interval_ms, divisor, want;
	} rows[] = {
		{ "the full rate", 100, 1, 100 },
		{ "half of it", 100, 2, 200 },
		{ "a second is the longest", 100, 64, 1000 },
		{ "one that is slow already", 1000, 2, 1000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct bpf_sizes sizes = { .interval_ms = rows[i].interval_ms };

		ROW_EQUAL(rows[i].name, bpf_sizes_interval_ms(&sizes, rows[i].divisor),
			  rows[i].want);
	}
}

static void the_kernel_walks_some_frames(void **state)
{
	assert_in_range(bpf_frames_max(), 1, SAMPLE_KERNEL_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_follow_the_rate_within_their_bounds),
		cmocka_unit_test(cpus_with_gaps_have_counts_up_to_the_last_one),
		cmocka_unit_test(a_lower_rate_is_drained_less_often),
		cmocka_unit_test(the_kernel_walks_some_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
