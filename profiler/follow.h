/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * follow.h - keeps a map of thread ids true to a tree of processes, by
 * bpf/follow.bpf.c on the fork, exec and exit tracepoints.
 *
 * Source:    tracefs, mounted for this process alone if it is mounted nowhere.
 * Ownership: follow_close() detaches.
 * Errors:    0 or a negative errno; the reason has been said.
 */
#ifndef PROFILER_FOLLOW_H
#define PROFILER_FOLLOW_H

#include <stdint.h>

struct follow;

/* TARGETS_FD: a map of thread id -> TARGET_*, see bpf/sample.h. */
int follow_open(int targets_fd, struct follow **out);
uint64_t follow_lost(const struct follow *follow);
void follow_close(struct follow *follow);

#endif /* PROFILER_FOLLOW_H */
