// SPDX-License-Identifier: BSD-2-Clause
/*
 * stackid2.c - runs a program of stackid2.bpf.c at HZ on every CPU for SECONDS, and
 * prints its nanoseconds a run and its runs.
 *
 *	stackid2 OBJECT HZ SECONDS ENTRIES stackid1|stackid2
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int attach(struct bpf_program *prog, int cpu, unsigned int freq_hz)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = freq_hz,
		.disabled = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return errno == ENODEV ? 0 : -errno; /* an offline CPU */
	return bpf_program__attach_perf_event(prog, fd) ? 0 : -errno;
}

int main(int argc, char **argv)
{
	struct bpf_prog_info info = { 0 };
	__u32 info_size = sizeof(info);
	struct bpf_program *prog;
	struct bpf_object *obj;
	int err;

	if (argc != 6)
		return EXIT_FAILURE;
	obj = bpf_object__open_file(argv[1], NULL);
	if (!obj)
		return EXIT_FAILURE;
	err = bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "stacks"),
				       (__u32)atoi(argv[4]));
	prog = bpf_object__find_program_by_name(obj, argv[5]);
	if (!prog)
		return EXIT_FAILURE;
	bpf_program__set_autoload(prog, true);
	if (!err)
		err = bpf_object__load(obj);
	if (err || bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
		return EXIT_FAILURE;
	for (int cpu = 0; cpu < libbpf_num_possible_cpus() && !err; cpu++)
		err = attach(prog, cpu, (unsigned int)atoi(argv[2]));
	if (err)
		return EXIT_FAILURE;
	usleep((useconds_t)(atof(argv[3]) * 1e6));
	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &info_size) || !info.run_cnt)
		return EXIT_FAILURE;
	printf("%.0f %llu\n", (double)info.run_time_ns / (double)info.run_cnt,
	       (unsigned long long)info.run_cnt);
	return EXIT_SUCCESS;
}
