/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ticks.h - a BPF program that runs at each tick of each CPU's clock.
 *
 * Source:    perf_event_open(2).
 * Ownership: ticks_detach().
 * Errors:    0 or a negative errno.
 * Threads:   one.
 */
#ifndef TRUTH_TICKS_H
#define TRUTH_TICKS_H

#include <bpf/libbpf.h>

#include "profiler/cpus.h"

#define TICKS_HZ 997 /* no divisor of the kernel's own tick: samples fall anywhere */

struct ticks {
	struct bpf_link **links;
	size_t cnt;
};

/* Also after an error TICKS are to be detached. */
int ticks_attach(struct ticks *ticks, const struct cpus *cpus, const struct bpf_program *program);
void ticks_detach(struct ticks *ticks);

#endif /* TRUTH_TICKS_H */
