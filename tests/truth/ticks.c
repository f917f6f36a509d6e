// SPDX-License-Identifier: BSD-2-Clause
/* ticks.c - see ticks.h. */
#include "tests/truth/ticks.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int ticks_attach(struct ticks *ticks, const struct cpus *cpus, const struct bpf_program *program)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = TICKS_HZ,
		.disabled = 1,
	};

	ticks->links = calloc(cpus->cnt, sizeof(*ticks->links));
	if (!ticks->links)
		return -ENOMEM;
	for (; ticks->cnt < cpus->cnt; ticks->cnt++) {
		int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpus->ids[ticks->cnt], -1,
				      PERF_FLAG_FD_CLOEXEC);

		if (fd < 0)
			return -errno;
		ticks->links[ticks->cnt] = bpf_program__attach_perf_event(program, fd);
		if (!ticks->links[ticks->cnt]) {
			int err = -errno;

			close(fd);
			return err;
		}
	}
	return 0;
}

void ticks_detach(struct ticks *ticks)
{
	for (size_t i = 0; i < ticks->cnt; i++)
		bpf_link__destroy(ticks->links[i]);
	free(ticks->links);
	*ticks = (struct ticks){ 0 };
}
