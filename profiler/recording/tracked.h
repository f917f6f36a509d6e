/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tracked.h - processes by id, and the versions of their mappings over time.
 *
 * A version is shared by the processes that forked with it, and replaced when one
 * of them maps something.  A replaced version stays if it was sampled; else for a
 * while, as its samples may still be on their way.
 *
 * Ownership: tasks_free() frees tasks and versions; the processes in them are the
 *            symbolizer's, which drops those of versions that go.
 * Errors:    0 or a negative errno; on failure a task is as it was.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_TRACKED_H
#define PROFILER_RECORDING_TRACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;
struct symbolizer;
struct tasks;

/* A state of a process's mappings, shared by those that forked with it. */
struct version {
	struct process *process;
	unsigned int users; /* tasks that have it now */
	bool sampled;	    /* a sample refers to it: it stays, and changes no more */
	uint32_t space;	    /* unwind_process.version that the kernel has it as, 0: none yet */
};

/* What a task had from a moment on, to the next one. */
struct era {
	struct version *version;
	uint64_t since_ns; /* CLOCK_MONOTONIC */
};

struct task {
	uint32_t tgid;
	uint32_t parent;     /* 0: not known */
	struct version *now; /* NULL: not known */
	uint64_t since_ns;   /* as in struct era; 0: from the beginning */
	struct era *old;     /* replaced ones, oldest first */
	size_t old_cnt;
	bool dirty; /* `now` is not yet what the kernel has */
	bool sampled;
	bool ended;
	bool wanted; /* it was sampled, or is the child of one that was */
	uint64_t next_read_ns, wait_ns;
};

int tasks_new(struct symbolizer *symbolizer, struct tasks **out);
void tasks_free(struct tasks *tasks); /* NULL is fine */

/* Tasks are never removed, so that a pointer to one stays valid. */
struct task *tasks_find(const struct tasks *tasks, uint32_t tgid);
int tasks_add(struct tasks *tasks, uint32_t tgid, struct task **out);

/* All of them: *at is 0 at first; NULL after the last. */
struct task *tasks_next(const struct tasks *tasks, size_t *at);

/* TASK has VERSION (NULL: nothing known) from SINCE_NS on. */
int task_set_version(struct tasks *tasks, struct task *task, struct version *version,
		     uint64_t since_ns);

/*
 * TASK has PROCESS, in a version of its own, from SINCE_NS on.  The process is taken over; on
 * failure it is dropped.
 */
int task_adopt(struct tasks *tasks, struct task *task, struct process *process, uint64_t since_ns);

/* TASK has a version of its own like its present one, or EMPTY, from SINCE_NS on. */
int task_renew(struct tasks *tasks, struct task *task, bool empty, uint64_t since_ns);

/* VERSION of TASK goes in a while, unless it is sampled until then. */
int task_retire(struct tasks *tasks, struct task *task, struct version *version);
void tasks_sweep(struct tasks *tasks);

/*
 * The version of TASK that the kernel knew as SPACE (0: not known), if it maps all of
 * these addresses; else the newest that does; NULL: none.  IPS may have SAMPLE_IP_EXACT.
 */
struct version *task_version_with(const struct task *task, uint32_t space, const uint64_t *ips,
				  size_t cnt);

/* The version that TASK had at TIME_NS, if it maps IP; else NULL. */
struct version *task_version_at(const struct task *task, uint64_t time_ns, uint64_t ip);

#endif /* PROFILER_RECORDING_TRACKED_H */
