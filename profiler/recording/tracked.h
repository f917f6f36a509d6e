/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tracked.h - processes by id, and the versions of their mappings over time.
 *
 * A version is shared by the processes that forked with it, and replaced when one
 * of them maps something.  A replaced version stays if it was sampled; else for a
 * while, as its samples may still be on their way.
 *
 * Ownership: tracked_free() frees processes and versions; what is in a version is the
 *            symbolizer's, which drops that of a version that goes.
 * Errors:    0 or a negative errno; on failure a process is as it was.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_TRACKED_H
#define PROFILER_RECORDING_TRACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/allowance.h"

struct process;
struct symbolizer;
struct tracked;

/* Where the code of an interpreter is that evaluates frames: ips; all zero: it is not known. */
struct interpreter_code {
	uint64_t start, end;
	bool is_switched; /* C stacks are switched below the interpreter: greenlets */
};

/* What is known of a process's interpreter, and no concern of those that track it. */
struct tracked_interpreter {
	struct interpreter_code evaluator;
	uint32_t unread; /* why it is not read, as it was counted; 0: it was not */
};

/* A state of a process's mappings, shared by those that forked with it. */
struct version {
	struct process *process;
	unsigned int users; /* processes that have it now */
	bool sampled;	    /* a sample refers to it: it stays, and changes no more */
	uint32_t space;	    /* unwind_process.version that the kernel has it as, 0: none yet */
	size_t mapping_cnt; /* when it was made */
};

/* What a process had from a moment on, to the next one. */
struct era {
	struct version *version;
	uint64_t since_ns; /* CLOCK_MONOTONIC */
};

struct tracked_process {
	uint32_t tgid;
	uint32_t parent;     /* 0: not known */
	struct version *now; /* NULL: not known */
	uint64_t since_ns;   /* as in struct era; 0: from the beginning */
	struct era *old;     /* replaced ones, oldest first */
	size_t old_cnt;
	bool dirty;   /* `now` is not yet what the kernel has */
	bool sampled; /* under this id, if not in each version */
	bool ended;
	bool denied;	       /* its mappings were not ours to read */
	size_t retired_cnt;    /* versions of it that are retired */
	bool wanted;	       /* it was sampled, or is the child of one that was */
	uint64_t next_read_ns; /* CLOCK_MONOTONIC: not to be read again before */
	uint64_t wait_ns;      /* between the last reading and the next one */
	bool stale;	       /* it maps more than is followed: not before it is read again */
	struct tracked_interpreter interpreter;
	struct allowance following, publishing;
};

int tracked_new(struct symbolizer *symbolizer, struct tracked **out);
void tracked_free(struct tracked *tracked); /* NULL is fine */

/* A pointer to a process is valid until the next tracked_sweep() or tracked_process_end(). */
struct tracked_process *tracked_find(const struct tracked *tracked, uint32_t tgid);
int tracked_add(struct tracked *tracked, uint32_t tgid, struct tracked_process **out);

/* Step through all of them: *AT is 0 at first; NULL: there is no further one. */
struct tracked_process *tracked_next(const struct tracked *tracked, size_t *at);

/* From SINCE_NS on PROC has VERSION; NULL: nothing is known of it. */
int tracked_process_set_version(struct tracked *tracked, struct tracked_process *proc,
				struct version *version, uint64_t since_ns);

/*
 * From SINCE_NS on PROC has a version of its own, with PROCESS in it, which is taken over; on
 * failure it is dropped.
 */
int tracked_process_adopt(struct tracked *tracked, struct tracked_process *proc,
			  struct process *process, uint64_t since_ns);

/*
 * From SINCE_NS on PROC has a version of its own, which maps what the present one does, or
 * nothing if EMPTY.
 */
int tracked_process_renew(struct tracked *tracked, struct tracked_process *proc, bool empty,
			  uint64_t since_ns);

/*
 * Something is mapped at TIME_NS: let PROC, which has a version, have one that may be changed.
 * Samples of what the kernel has may be on their way, so that this is a new one as a rule.  What
 * the versions of one process take is bounded: those of a large one last for a while, and whoever
 * has many must do with them once all processes together have too many.  Then the present one
 * changes; *MAY_CHANGE is false if other processes share it.
 */
int tracked_process_change(struct tracked *tracked, struct tracked_process *proc, uint64_t time_ns,
			   bool *may_change);

/*
 * PROC has ended.  What it had goes in a while, unless it is sampled until then; and so does the
 * process, if nothing was sampled of it: forks without end are not to be remembered.
 */
int tracked_process_end(struct tracked *tracked, struct tracked_process *proc);

/* Drop the retired versions whose time has come, and who has ended; call it now and then. */
void tracked_sweep(struct tracked *tracked);

/*
 * The version of PROC that the kernel knew as SPACE (0: not known), if it maps all of
 * these addresses; else the newest that does; NULL: none.  IPS may have SAMPLE_IP_EXACT.
 */
struct version *tracked_process_version_with(const struct tracked_process *proc, uint32_t space,
					     const uint64_t *ips, size_t cnt);

/* The version that PROC had at TIME_NS, if it maps IP; else NULL. */
struct version *tracked_process_version_at(const struct tracked_process *proc, uint64_t time_ns,
					   uint64_t ip);

#endif /* PROFILER_RECORDING_TRACKED_H */
