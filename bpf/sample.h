/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sample.h - records that cross the kernel/user boundary of the sampler.
 *
 * Written by bpf/sample.bpf.c; read by profiler/source/bpf_drain.c (records and counts),
 * bpf_source.c (tallies) and filter.c (whom).  The includer supplies the __u32 family
 * (<linux/types.h>).
 *
 * Rules for this file: fixed-width fields only (no pointer, bool, enum, long or
 * bit-field), padding spelled out, one size assertion per record.
 */
#ifndef BPF_SAMPLE_H
#define BPF_SAMPLE_H

#include "bpf/interpreter.h"
#include "bpf/unwind_state.h"

#define SAMPLE_COMM_LEN	  16
#define SAMPLE_KERNEL_MAX 127 /* frames: kernel.perf_event_max_stack's default */
#define SAMPLE_USER_MAX	  512 /* frames of a user stack that are kept */
#define SAMPLE_WORDS_MAX  (SAMPLE_USER_MAX + 2 * INTERPRETER_FRAMES + SAMPLE_KERNEL_MAX)
#define SAMPLE_NO_STACK	  (-4096) /* none was asked for; no errno has this number */

/* Which tasks are wanted: the values of the `filter` setting. */
#define SAMPLE_ALL	 0
#define SAMPLE_PROCESSES 1 /* the keys of `targets` are process ids */
#define SAMPLE_THREADS	 2 /* the keys of `targets` are thread ids */
#define SAMPLE_CGROUP	 3 /* tasks below the one member of `cgroup` */
#define SAMPLE_TREE	 4 /* `targets`: thread ids of the initial namespace; `seeds`: of ours */

/* Value of a thread in `targets`. */
#define TARGET_WANTED	  1
#define TARGET_AFTER_EXEC 2 /* the command's own thread before it became the command */

/*
 * A user ip with this bit is exact: the instruction itself, not the one after a
 * call.  Beyond the innermost frame only a signal trampoline and what it
 * interrupted have it.
 */
#define SAMPLE_IP_EXACT (1ULL << 63)

/* The key of a count: a distinct triple of task, kernel stack and user stack. */
struct sample_key {
	__u32 tgid; /* process id in user space's pid namespace; 0: it has none */
	__u32 tid;  /* 0 unless threads are kept apart */
	/* sample_fp: an id in the stacks map, or a negative errno or SAMPLE_NO_STACK as
	 * 64 bits; sample_cfi: a hash of the stack and its end, 0: none. */
	__u64 user;
	__s32 kernel; /* id in the stacks map, SAMPLE_NO_STACK, or -errno */
	/*
	 * unwind_process.version, 0: not known.  Libraries come and go at one address: the
	 * same stack is two when the mappings changed in between.
	 */
	__u32 space;
	char comm[SAMPLE_COMM_LEN]; /* task name, NUL padded */
};
_Static_assert(sizeof(struct sample_key) == 40, "sample_key is wire format");

/*
 * An entry of `counts`, a cache line.  Each CPU has 2^n of them in each generation,
 * which only it writes to: an open hash.  They stand by generation, then by CPU.
 */
struct sample_count {
	struct sample_key key;
	__u64 count;
	__u32 is_used;
	__u32 pad[3];
};
_Static_assert(sizeof(struct sample_count) == 64, "sample_count is wire format");

/* Every run of the program ends in exactly one of these. */
enum sample_outcome {
	SAMPLE_STORED,	  /* counted in a counts map */
	SAMPLE_BY_VALUE,  /* sent through a ring with its stacks */
	SAMPLE_IDLE,	  /* the idle task */
	SAMPLE_FILTERED,  /* a task that is not wanted */
	SAMPLE_RING_FULL, /* lost: it could not be counted, and the ring was full */
	SAMPLE_OUTCOME_CNT,
};

/* The one element of the per-CPU `tallies`. */
struct sample_tally {
	__u64 ticks; /* runs, counted when they begin: the outcomes must add up to it */
	__u64 outcome[SAMPLE_OUTCOME_CNT];
	/* With want_time: when this run began, and what all of them took. */
	__u64 begin_ns, run_ns;
};
_Static_assert(sizeof(struct sample_tally) == 64, "sample_tally is wire format");

/* Records of the rings start with their type. */
enum sample_record_type { RECORD_PROCESS, RECORD_STACKS, RECORD_COPY, RECORD_CODE };

/* A process, or a new name of one, was sampled for the first time. */
struct sample_process {
	__u32 type; /* RECORD_PROCESS */
	__u32 tgid;
	char comm[SAMPLE_COMM_LEN];
};
_Static_assert(sizeof(struct sample_process) == 24, "sample_process is wire format");

/*
 * One sample with its stacks in it: user frames, an interpreter's (struct interpreter_frame,
 * two words each), then kernel frames.  The record ends with the last frame: the ring does not
 * carry what is not used.
 */
struct sample_stacks {
	__u32 type; /* RECORD_STACKS */
	__u16 user_cnt;
	__u8 user_end;	 /* enum unwind_result; sample_fp: UNWIND_RESULT_CNT */
	__u8 generation; /* whose stacks map key.kernel is an id of */
	struct sample_key key;
	__s32 kernel_cnt; /* frames in ips[]; negative: see key.kernel */
	__u16 interpreter_cnt;
	__u8 interpreter_kind; /* enum interpreter_kind: whose frames they are */
	__u8 interpreter_end;  /* enum interpreter_end, if there is such a kind */
	__u64 ips[SAMPLE_WORDS_MAX];
};
_Static_assert(sizeof(struct sample_stacks) == 56 + 8 * SAMPLE_WORDS_MAX,
	       "sample_stacks is wire format");

/*
 * A sample whose user stack could not be walked, because user space has not yet
 * said how: the registers and the top of the stack, to be walked there.
 */
#define SAMPLE_COPY_CHUNK 1024 /* divides the page size: a chunk is readable or is not */
#define SAMPLE_COPY_SIZE  (16 * SAMPLE_COPY_CHUNK)

struct sample_copy {
	__u32 type;	       /* RECORD_COPY */
	__u32 size;	       /* bytes used of stack[] */
	__u64 time_ns;	       /* CLOCK_MONOTONIC */
	struct sample_key key; /* user means nothing */
	struct unwind_state state;
	__s32 kernel_cnt; /* as in sample_stacks */
	__u32 generation;
	__u64 kernel[SAMPLE_KERNEL_MAX];
	/* An interpreter's frames, as in sample_stacks, and where on the stack the mark of each run is. */
	__u16 interpreter_cnt;
	__u8 interpreter_kind;
	__u8 interpreter_end;
	__u32 pad;
	struct interpreter_frame frames[INTERPRETER_FRAMES];
	__u64 marks[INTERPRETER_FRAMES];
	__u8 stack[SAMPLE_COPY_SIZE]; /* from state.sp upwards */
};
_Static_assert(sizeof(struct sample_copy) == 72 + sizeof(struct unwind_state) +
						     8 * SAMPLE_KERNEL_MAX +
						     24 * INTERPRETER_FRAMES + SAMPLE_COPY_SIZE,
	       "sample_copy is wire format");

#endif /* BPF_SAMPLE_H */
