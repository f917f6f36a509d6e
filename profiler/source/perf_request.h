/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf_request.h - what is asked of the kernel for perf_source.c: as much as it, and
 * this user's privileges, give.
 *
 * Errors:    0 or a negative errno.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_PERF_REQUEST_H
#define PROFILER_SOURCE_PERF_REQUEST_H

#include "profiler/source/perf_rings.h"
#include "profiler/source/perf_sample.h"
#include "profiler/source/source.h"

struct perf_request {
	struct source_opts opts; /* what is asked for; its lists are borrowed */
	/* The rest is what the kernel gave. */
	struct perf_scope scope;
	pid_t *threads;		   /* the threads of scope, if they are ours to free */
	struct perf_layout layout; /* what samples have */
	bool counts_lost;	   /* the kernel counts for each event what it lost */
	/*
	 * The attrs of the events: one that hears of names, unless there is but one level, and
	 * rate_cnt of each level.  Those of level N tick at the rate that was asked for divided
	 * by 2^N.  One level ticks at a time: what children inherit can be switched on and off,
	 * while a new period is not passed on to the children that there are.
	 */
	size_t name_cnt, rate_cnt, level_cnt;
	int level_err; /* why there is one level, where more were asked for; 0: there are those */
};

/* The first attr of a level. */
static inline size_t perf_request_first(const struct perf_request *request, size_t level)
{
	return request->name_cnt + level * request->rate_cnt;
}

/* Whole CPUs are watched to follow some tasks: the samples of others are there as well. */
static inline bool perf_request_follows(const struct perf_request *request)
{
	return (request->opts.filter == FILTER_TREE || request->opts.filter == FILTER_FAMILIES) &&
	       !request->scope.threads.cnt;
}

/* The events start by themselves, with the first exec of a command. */
static inline bool perf_request_waits(const struct perf_request *request)
{
	return request->opts.filter == FILTER_TREE && request->scope.threads.cnt;
}

/*
 * Open the events, which are not yet enabled.  What tasks start is followed on whole CPUs if
 * this user may watch those, else by inherited events (lineage.h says what that misses).
 * Without privileges scope.user_only is set.
 */
int perf_request_open(struct perf_request *request, struct perf_rings **out);
void perf_request_fini(struct perf_request *request);

/* Fill *OUT in with what ERR of this request means to the user; returns ERR. */
int perf_request_refuse(const struct perf_request *request, int err, struct refusal *out);

#endif /* PROFILER_SOURCE_PERF_REQUEST_H */
