/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * interpreter.bpf.h - the frames of an interpreter, taken after the native walk: one plug a
 * language follows the chain of frames that hangs on the thread, and cannot hurt that walk.
 *
 * What is common to all plugs is here: the frames of a stack, which native frame evaluates
 * which of them, and telling user space of code when a process is first seen to execute it.  The
 * thread is executing it then, so that it cannot have been freed.
 */
#ifndef BPF_INTERPRETER_BPF_H
#define BPF_INTERPRETER_BPF_H

#include "bpf/interpreter.h"
#include "bpf/unwind.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, INTERPRETERS);
	__type(key, __u32);
	__type(value, struct interpreter);
} interpreters SEC(".maps");

/* Are instructions told apart, not only functions?  Set before load. */
const volatile bool want_lines;

/*
 * Where thread.fsbase is in the kernel's task_struct: user space has find_fsbase() look for its own,
 * as BTF would take longer to read than all else at the start.  The word behind it is gsbase, which
 * user space sets for the look: what was forked has the same fsbase, and lies beside it in memory.
 */
volatile __u64 own_fsbase, own_gsbase;
volatile __u32 fsbase_off; /* 0: not known */

#define TASK_WORDS 4096 /* more than a task_struct has */

static long look_for_fsbase(__u32 i, void *ctx)
{
	__u64 words[2], task = bpf_get_current_task();

	if (bpf_probe_read_kernel(words, sizeof(words), (const void *)(task + 8ULL * i)))
		return 1;
	if (words[0] != own_fsbase || words[1] != own_gsbase)
		return 0;
	fsbase_off = 8 * i;
	return 1;
}

SEC("?syscall")
int find_fsbase(void *ctx)
{
	bpf_loop(TASK_WORDS, look_for_fsbase, NULL, 0);
	return 0;
}

/* How many `interpreters` has. */
volatile __u32 interpreter_cnt;

/* By user id in the initial user namespace.  If there are too many, users seen lately have theirs. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct interpreter_guesses);
} interpreter_guesses SEC(".maps");

/* Code that this CPU has looked at lately: what is read of an object costs as much as a frame. */
#define CODE_CACHE_BITS 10

struct cached_code {
	__u64 key; /* its address, and above it its process */
	__u32 check;
	__u32 epoch;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << CODE_CACHE_BITS);
	__type(key, __u32);
	__type(value, struct cached_code);
} code_cache SEC(".maps");

/*
 * Code that user space was told of.  CPUs write to it without a lock: what is lost is told
 * again.  If the places for some code are taken, one of the others is told again.
 */
#define TOLD_BITS   16
#define TOLD_PROBES 4

struct told_code {
	__u64 code;
	__u32 tgid;
	__u32 check;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << TOLD_BITS);
	__type(key, __u32);
	__type(value, struct told_code);
} told_codes SEC(".maps");

/*
 * What may be told of code: a walk that is deep and new has the rest told at the next ticks; who
 * always has new code would fill the ring and user space's memory.  So each process, and each user,
 * whose processes may be many, has an allowance on each CPU.  It is paid for as time goes by; more
 * than CODES_DEBT_NS is never owed.  If two share a place, each begins anew when it meets the other.
 */
#define CODES_A_WALK	 128
#define CODE_PROCESS_NS	 (1000000000ULL / 2048)
#define CODE_USER_NS	 (1000000000ULL / 4096)
#define CODES_DEBT_NS	 4000000000ULL
#define CODES_OWNER_BITS 8

struct code_allowance {
	__u64 owner;
	__u64 paid_at_ns; /* when nothing will be owed */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 << CODES_OWNER_BITS); /* of processes, then of users */
	__type(key, __u32);
	__type(value, struct code_allowance);
} code_allowances SEC(".maps");

/*
 * How long a look at an object is good for: 17 ms.  The code of a class or of a module is freed when
 * it has run, and another function's may be there next.
 */
#define EPOCH_SHIFT 24

/* A walk over a thread's interpreter frames. */
struct interpreter_walk {
	struct interpreter info;
	__u64 fsbase;
	__u64 frame;		  /* the next one; 0: there is none */
	__u64 marks;		  /* the next of the objects on the C stack that mark runs */
	__u64 older, older_frame; /* python_begin_older() */
	__u64 first_hash;	  /* of the native frames */
	__u64 mark;		  /* a mark whose native frame is being looked for; 0: none is */
	__u32 native;		  /* native frames below this one end below the mark */
	__u32 cnt;		  /* frames */
	__u32 tgid;
	__u32 epoch;
	__u32 run_cnt;
	__u32 told_cnt; /* of code that user space did not know */
	__u64 now_ns;
	__u64 block[16];		     /* what was read last */
	__u64 run_marks[INTERPRETER_FRAMES]; /* 0: the run has none */
	struct sample_code code;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct interpreter_walk);
} interpreter_walks SEC(".maps");

/* What bpf_loop() hands to each turn. */
struct interpreter_loop {
	struct walk *w;
	struct interpreter_walk *iw;
};

/* Read SIZE bytes at ADDRESS into the block. */
static __always_inline bool read_block(struct interpreter_walk *iw, __u64 address, __u32 size)
{
	if (size > sizeof(iw->block))
		size = sizeof(iw->block);
	return !bpf_probe_read_user(iw->block, size, (const void *)address);
}

/* The word of the block that the field at OFF is in; OFF is a multiple of 8. */
static __always_inline __u64 block_word(const struct interpreter_walk *iw, __u32 off)
{
	return iw->block[off / 8 & 15];
}

/* The 32 bits at OFF, a multiple of 4. */
static __always_inline __u32 block_half(const struct interpreter_walk *iw, __u32 off)
{
	return (__u32)(block_word(iw, off) >> 8 * (off & 4));
}

static __always_inline __u8 block_byte(const struct interpreter_walk *iw, __u32 off)
{
	return (__u8)(block_word(iw, off) >> 8 * (off & 7));
}

static __always_inline __u64 user_word(__u64 address)
{
	__u64 word;

	return bpf_probe_read_user(&word, sizeof(word), (const void *)address) ? 0 : word;
}

/* Where it is noted that user space was told of this code; *TOLD says whether it was. */
static __always_inline struct told_code *told_place(__u64 code, __u32 tgid, __u32 check, bool *told)
{
	__u32 at = (__u32)mix(mix(code, tgid), check), index;
	struct told_code *entry, *place = NULL;

	*told = false;
	for (int i = 0; i < TOLD_PROBES; i++) {
		index = (at + i) & ((1 << TOLD_BITS) - 1);
		entry = bpf_map_lookup_elem(&told_codes, &index);
		if (!entry)
			break;
		*told = entry->code == code && entry->tgid == tgid && entry->check == check;
		if (*told)
			return entry;
		if (!entry->code || !place)
			place = entry;
		if (!entry->code)
			break;
	}
	return place;
}

/* May OWNER, at place INDEX, tell of one more that costs it COST_NS?  Then it owes that. */
static __always_inline bool charge_code(__u32 index, __u64 owner, __u64 now, __u64 cost_ns)
{
	struct code_allowance *allowance = bpf_map_lookup_elem(&code_allowances, &index);

	if (!allowance)
		return false;
	if (allowance->owner != owner || allowance->paid_at_ns < now)
		*allowance = (struct code_allowance){ owner, now };
	if (allowance->paid_at_ns - now > CODES_DEBT_NS)
		return false;
	allowance->paid_at_ns += cost_ns;
	return true;
}

/* May one more be told of?  Half of the ring is for samples alone. */
__noinline int may_tell_code(struct interpreter_walk *iw)
{
	__u32 mask = (1 << CODES_OWNER_BITS) - 1, user;

	if (!iw || iw->told_cnt >= CODES_A_WALK ||
	    bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > ring_wake_size)
		return 0;
	iw->told_cnt++;
	user = (__u32)bpf_get_current_uid_gid();
	return charge_code((user & mask) | (mask + 1), user, iw->now_ns, CODE_USER_NS) &&
	       charge_code(iw->tgid & mask, iw->tgid, iw->now_ns, CODE_PROCESS_NS);
}

/* Add a frame; the caller has seen that there is room. */
static __always_inline void push_frame(struct walk *w, struct interpreter_walk *iw, __u64 code,
				       __u32 check, __u32 at)
{
	__u32 word = (w->cnt + 2 * iw->cnt) & (2 * SAMPLE_USER_MAX - 1);

	w->rec.ips[word] = code & INTERPRETER_CODE_MASK;
	w->rec.ips[(word + 1) & (2 * SAMPLE_USER_MAX - 1)] = check | (__u64)at << 32;
	w->hash = mix(mix(w->hash, code), check | (__u64)at << 32);
	iw->cnt++;
}
_Static_assert(SAMPLE_USER_MAX + 2 * INTERPRETER_FRAMES <= 2 * SAMPLE_USER_MAX,
	       "the mask leaves every word of a frame where it is");

/* Where in ips[] the frame is that was pushed last. */
static __always_inline __u32 last_frame(const struct walk *w, const struct interpreter_walk *iw)
{
	return (w->cnt + 2 * iw->cnt - 2) & (2 * SAMPLE_USER_MAX - 1);
}

/* Is the frame that was pushed last, if any, the outermost of its run? */
static __always_inline bool is_run_end(const struct walk *w, const struct interpreter_walk *iw)
{
	return !iw->cnt || w->rec.ips[last_frame(w, iw)] & INTERPRETER_RUN_END;
}

/* The frame that was pushed last is the outermost of its run, which native frame NATIVE evaluates. */
static __always_inline void end_run(struct walk *w, struct interpreter_walk *iw, __u32 native)
{
	if (is_run_end(w, iw))
		return; /* an interpreter that has not yet called anything has a mark, too */
	w->rec.ips[last_frame(w, iw)] |= INTERPRETER_RUN_END | (__u64)native
								       << INTERPRETER_PAIR_SHIFT;
	iw->run_marks[iw->run_cnt++ & (INTERPRETER_FRAMES - 1)] = iw->mark;
}

/*
 * Is the mark on the stack of the next native frame?  Marks are met from the innermost one, and
 * so are native frames.
 */
static __always_inline void pair_mark(struct walk *w, struct interpreter_walk *iw)
{
	__u32 at = iw->native & (SAMPLE_USER_MAX - 1);
	__u64 begin = at ? w->frame_ends[(at - 1) & (SAMPLE_USER_MAX - 1)] : w->first_sp;

	if (iw->native + 1 >= w->cnt) { /* where the last frame ends is not known */
		end_run(w, iw, INTERPRETER_UNPAIRED);
		iw->mark = 0;
	} else if (iw->mark >= begin && iw->mark < w->frame_ends[at]) {
		end_run(w, iw, at);
		iw->mark = 0;
	} else {
		iw->native++;
	}
}

#include "bpf/python.bpf.h"

static long interpreter_step(__u32 i, struct interpreter_loop *loop)
{
	if (loop->iw->mark) {
		pair_mark(loop->w, loop->iw);
		return 0;
	}
	return python_step(loop->w, loop->iw);
}

/*
 * Let IW begin with the interpreter INDEX; 0: there is none of this index.  Subprograms that are not
 * static are verified once each, which halves what loading the program takes.
 */
__noinline int begin_interpreter(struct walk *w, struct interpreter_walk *iw, __u32 index)
{
	const struct interpreter *info = bpf_map_lookup_elem(&interpreters, &index);

	if (!w || !iw || !info || !info->kind)
		return 0;
	iw->info = *info;
	iw->tgid = w->rec.key.tgid;
	iw->now_ns = bpf_ktime_get_ns();
	iw->epoch = iw->now_ns >> EPOCH_SHIFT;
	iw->cnt = iw->native = iw->run_cnt = iw->told_cnt = 0;
	iw->mark = iw->marks = iw->frame = iw->older_frame = 0;
	iw->first_hash = w->hash;
	w->rec.interpreter_kind = info->kind;
	w->rec.interpreter_end = python_begin(iw);
	return 1;
}

/* Does one of the interpreters fit that processes of USER have? */
__noinline int guess_of_user(struct walk *w, struct interpreter_walk *iw, __u32 user)
{
	const struct interpreter_guesses *guesses =
		bpf_map_lookup_elem(&interpreter_guesses, &user);

	if (!w || !iw || !guesses)
		return 0;
	for (__u32 i = 0; i < INTERPRETER_GUESSES && i < guesses->cnt; i++) {
		if (begin_interpreter(w, iw, guesses->index[i]) &&
		    w->rec.interpreter_end == INTERPRETER_COMPLETE && python_fits(iw))
			return 1;
	}
	return 0;
}

/*
 * User space has not told all of the process yet: does one of the interpreters fit that others have?
 * A script may have ended before it is known.  What other users' processes say is not believed, but
 * of root's.
 */
__noinline int guess_interpreter(struct walk *w, struct interpreter_walk *iw)
{
	__u32 user = (__u32)bpf_get_current_uid_gid();

	if (!w || !iw)
		return 0;
	if (guess_of_user(w, iw, user) || (user && guess_of_user(w, iw, 0)))
		return 1;
	w->rec.interpreter_kind = INTERPRETER_NONE;
	return 0;
}

/* Find the thread's interpreter frames, if its process has an interpreter. */
__noinline int take_interpreter(struct walk *w)
{
	struct interpreter_loop loop = { .w = w };
	__u32 kind, zero = 0;
	int found;

	if (!w)
		return 0;
	kind = w->process.flags >> INTERPRETER_KIND_SHIFT & INTERPRETER_KIND_MASK;
	if (!kind && (!interpreter_cnt || !is_early(w)))
		return 0;
	loop.iw = bpf_map_lookup_elem(&interpreter_walks, &zero);
	if (!loop.iw)
		return 0;
	found = kind ? begin_interpreter(w, loop.iw, w->process.flags >> INTERPRETER_INDEX_SHIFT)
		     : guess_interpreter(w, loop.iw);
	if (!found)
		return 0;
	if (w->rec.interpreter_end == INTERPRETER_COMPLETE)
		bpf_loop(2 * INTERPRETER_FRAMES + SAMPLE_USER_MAX, interpreter_step, &loop, 0);
	w->rec.interpreter_cnt = loop.iw->cnt;
	return 0;
}

/* Let COPY have the frames that were found. */
static __always_inline void copy_interpreter(struct walk *w, struct sample_copy *copy)
{
	__u32 zero = 0, at = w->cnt & (2 * SAMPLE_USER_MAX - 1);
	const struct interpreter_walk *iw = bpf_map_lookup_elem(&interpreter_walks, &zero);

	copy->interpreter_cnt = 0;
	copy->interpreter_kind = w->rec.interpreter_kind;
	copy->interpreter_end = w->rec.interpreter_end;
	if (!iw || !w->rec.interpreter_cnt)
		return;
	bpf_probe_read_kernel(copy->frames, sizeof(copy->frames), &w->rec.ips[at]);
	bpf_probe_read_kernel(copy->marks, sizeof(copy->marks), iw->run_marks);
	copy->interpreter_cnt = w->rec.interpreter_cnt;
}

#endif /* BPF_INTERPRETER_BPF_H */
