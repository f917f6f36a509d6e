/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter.h - tells the sampling program whose samples are wanted.
 *
 * Ownership: *FOLLOW is the caller's; it is NULL if nobody is followed.
 * Errors:    0 or a negative errno, with a refusal.
 */
#ifndef PROFILER_SOURCE_FILTER_H
#define PROFILER_SOURCE_FILTER_H

#include "profiler/source/follow.h"
#include "profiler/source/source.h"

struct filter_maps {
	struct follow_maps follow;
	int cgroup;
};

/* Whether follow.h is needed to keep the filter true. */
bool filter_follows(enum source_filter filter);

struct ids_ns;

/* Fill MAPS in with whom OPTS asks for, by ids of namespace NS. */
int filter_set(const struct source_opts *opts, const struct filter_maps *maps,
	       const struct ids_ns *ns, struct refusal *refusal, struct follow **follow);

#endif /* PROFILER_SOURCE_FILTER_H */
