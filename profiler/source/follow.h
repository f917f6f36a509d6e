/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * follow.h - keeps a map of thread ids true to a tree of processes, by
 * bpf/follow.bpf.c on the fork, exec and exit tracepoints.
 *
 * Source:    tracefs, mounted for this process alone if it is mounted nowhere.
 * Ownership: follow_close() detaches.
 * Errors:    0 or a negative errno, with a refusal.
 */
#ifndef PROFILER_SOURCE_FOLLOW_H
#define PROFILER_SOURCE_FOLLOW_H

#include <stdint.h>

struct follow;

/* Maps of thread id -> TARGET_*, see SAMPLE_TREE in bpf/sample.h. */
struct follow_maps {
	int targets, seeds; /* fds */
};

struct ids_ns;
struct refusal;
int follow_open(const struct follow_maps *maps, const struct ids_ns *ns, struct refusal *refusal,
		struct follow **out);

/* Children that were not noted, as the map was full. */
uint64_t follow_lost(const struct follow *follow);
void follow_close(struct follow *follow); /* NULL is fine */

#endif /* PROFILER_SOURCE_FOLLOW_H */
