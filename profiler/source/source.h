/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source.h - where samples come from: BPF programs (bpf_source.c), or, where those may
 * not be loaded, perf events with copies of the user stacks (perf_source.c).
 *
 * Life:      open (privileges are needed, nothing runs) -> start -> drain, drain,
 *            ... -> stop (no tick after it) -> drain -> read_stats -> close.
 * Units:     every id is in our own pid namespace (pidns.h).
 * Errors:    0 or a negative errno.  A function that opens a source fills in a refusal, and
 *            logs nothing; start() logs why it failed.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_SOURCE_H
#define PROFILER_SOURCE_SOURCE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/interpreter.h"
#include "bpf/unwind.h"
#include "bpf/unwind_state.h"
#include "profiler/cpus.h"
#include "profiler/ids.h"
#include "profiler/source/perf_rings.h"
#include "profiler/source/refusal.h"
#include "profiler/tables/kernel_tables.h"

#define COMM_LEN 16

enum unwind_method {
	UNWIND_AUTO,   /* by tables, and by frame pointers where code has no table */
	UNWIND_BY_CFI, /* the same, but it is an error if the kernel cannot */
	UNWIND_BY_FP,
};

enum source_filter {
	FILTER_NONE,
	FILTER_PROCESSES,
	FILTER_THREADS,
	FILTER_TREE,	 /* one thread from its next exec on, and all that descends from it */
	FILTER_FAMILIES, /* processes, and all that descends from them */
	FILTER_CGROUP,
};

struct source_opts {
	const struct event_type *event;
	unsigned int freq_hz;
	struct cpus cpus;
	enum source_filter filter;
	struct id_list targets; /* processes, threads, or the one thread of FILTER_TREE */
	int cgroup_fd;		/* FILTER_CGROUP */
	bool no_kernel, no_user;
	enum unwind_method unwind;
	bool idle;
	bool per_thread;
	unsigned int map_entries; /* entries of the BPF maps; 0: what the rate asks for */
	bool no_interpreters;
	bool lines;		  /* interpreters' frames are told apart by instruction, too */
	unsigned int divisor_max; /* the largest for divide_rate(); 0: it will not be called */
	bool once;		  /* no ticks: the threads of the one target as they are now */
	int memory_fd;		  /* with `once`: an open /proc/PID/mem of that */
};

/* An interpreter's frames of a stack, innermost first. */
struct raw_interpreted {
	enum interpreter_kind
		kind; /* INTERPRETER_NONE: there are none, and the rest means nothing */
	enum interpreter_end end;
	const struct interpreter_frame *frames;
	size_t cnt;
	const uint64_t *marks; /* of each run, where on the stack it is; raw_copy only */
};

/*
 * Equal samples, `count` of them.  Stacks are innermost first and live during the call.
 * User ips may have SAMPLE_IP_EXACT, see bpf/sample.h.
 */
struct raw_sample {
	uint32_t tgid;
	uint32_t tid;	     /* 0 unless threads are kept apart */
	char comm[COMM_LEN]; /* padded with NULs; a name of 16 bytes has none */
	uint32_t space;	     /* unwind_process.version of its mappings; 0: not known */
	const uint64_t *kernel, *user;
	size_t kernel_cnt, user_cnt;
	/* How the walk of the user stack ended; UNWIND_RESULT_CNT: nobody knows. */
	enum unwind_result user_end;
	struct raw_interpreted interpreted;
	uint64_t count;
	uint32_t divisor; /* what the rate was divided by when they were taken; 0 means 1 */
};

/* What a tick does not say of a thread, but a look at it does. */
struct raw_thread {
	uint64_t fsbase; /* 0: it is not known */
	uint32_t state;	 /* THREAD_*, bpf/threads.h */
};

/* One sample with a copy of its user stack, which is still to be walked. */
struct raw_copy {
	uint32_t tgid, tid;
	char comm[COMM_LEN];
	uint32_t space;	  /* as in raw_sample */
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint32_t divisor; /* as in raw_sample */
	const uint64_t *kernel;
	size_t kernel_cnt;
	struct raw_interpreted interpreted;
	struct unwind_state state;
	const uint8_t *stack;	       /* the bytes from state.sp upwards; NULL: they are in kept */
	const struct kept_stack *kept; /* pieces.h */
	size_t size;
	bool is_cut; /* the stack goes on behind what was copied */
	struct raw_thread thread;
};

struct source_sink {
	void *ctx;
	/* Samples were stored; -errno ends the recording. */
	int (*sample)(void *ctx, const struct raw_sample *sample);
	int (*copy)(void *ctx, const struct raw_copy *copy);
	/* A process, or a new name of one, is sampled for the first time: read it now. */
	int (*process)(void *ctx, uint32_t tgid);
	/* Code is executed for the first time in a process; SIZE is what there is of the record. */
	int (*code)(void *ctx, const struct sample_code *code, size_t size);
};

#define SOURCE_LOST_MAX 4

/* Who takes the samples. */
enum source_tier {
	SOURCE_BPF,
	SOURCE_PERF,
	SOURCE_PERF_USER, /* perf events that see no kernel code */
	SOURCE_TIER_CNT,
};

/* What became of all ticks so far; counts are in samples. */
struct source_stats {
	enum source_tier tier;
	uint64_t ticks;
	uint64_t stored; /* handed to the sink, or still to be drained */
	uint64_t idle, filtered;
	struct {
		const char *cause;
		uint64_t cnt;
	} lost[SOURCE_LOST_MAX];
	size_t lost_cnt;
	uint64_t throttled;    /* pauses that the kernel took: there were no ticks to be lost */
	uint64_t not_followed; /* children that the filter had no room for */
	uint64_t bpf_ns, bpf_runs;
};

struct sample_source;

struct source_ops {
	int (*start)(struct sample_source *src);
	/* An fd that is readable when drain() has something that cannot wait; -1: there is none. */
	int (*fd)(const struct sample_source *src);
	/* How long a drain() of all may wait while fd() stays quiet. */
	int (*interval_ms)(const struct sample_source *src);
	/* Hand over everything stored so far if ALL, else only what cannot wait. */
	int (*drain)(struct sample_source *src, const struct source_sink *sink, bool all);
	/*
	 * Just before a drain() of all: from there on one of DIVISOR of the ticks that were asked
	 * for.  *NOW is the divisor from then on: the old one if it is too early for a change, or
	 * after an error.
	 */
	int (*divide_rate)(struct sample_source *src, unsigned int divisor, unsigned int *now);
	void (*stop)(struct sample_source *src);
	/* Where to put unwind tables; NULL: stacks are walked by frame pointers. */
	const struct kernel_tables *(*tables)(const struct sample_source *src);
	void (*read_stats)(struct sample_source *src, struct source_stats *out);
	void (*close)(struct sample_source *src);
};

struct sample_source {
	const struct source_ops *ops;
	enum source_why why;
	const struct perf_scope *scope; /* what perf events are limited to; NULL: it is BPF */
};

/* The words of the ledger and of --stats. */
static inline const char *source_tier_name(enum source_tier tier)
{
	static const char *const names[SOURCE_TIER_CNT] = {
		[SOURCE_BPF] = "bpf",
		[SOURCE_PERF] = "perf",
		[SOURCE_PERF_USER] = "perf-user",
	};

	return names[tier];
}

/* The operations of a source, see source_ops. */

static inline int source_start(struct sample_source *src)
{
	return src->ops->start(src);
}

static inline int source_fd(const struct sample_source *src)
{
	return src->ops->fd(src);
}

static inline int source_interval_ms(const struct sample_source *src)
{
	return src->ops->interval_ms(src);
}

static inline int source_drain(struct sample_source *src, const struct source_sink *sink, bool all)
{
	return src->ops->drain(src, sink, all);
}

static inline int source_divide_rate(struct sample_source *src, unsigned int divisor,
				     unsigned int *now)
{
	return src->ops->divide_rate(src, divisor, now);
}

static inline void source_stop(struct sample_source *src)
{
	(src->ops->stop)(src); /* in parentheses: the tests' cmocka 2 has a macro stop() */
}

static inline const struct kernel_tables *source_tables(const struct sample_source *src)
{
	return src->ops->tables(src);
}

static inline void source_read_stats(struct sample_source *src, struct source_stats *out)
{
	src->ops->read_stats(src, out);
}

static inline void source_close(struct sample_source *src) /* NULL is fine */
{
	if (src)
		src->ops->close(src);
}

#endif /* PROFILER_SOURCE_SOURCE_H */
