// SPDX-License-Identifier: BSD-2-Clause
/* python_process.c - where a process has the frames of its CPython; see python.h. */
#include "profiler/interpreters/python.h"

#include <errno.h>
#include <string.h>

#include "profiler/interpreters/python_offsets.h"

#define THREADS_MAX	 128 /* that are looked at: one is enough, more tell a chance apart */
#define INTERPRETERS_MAX 64
#define CHECKED_MAX	 16 /* threads whose frames are looked at, until one is right */
#define FRAMES_MAX	 8  /* of a thread, until one is found that is none in the making */
#define TRIES		 8  /* the process goes on while it is looked at */

/*
 * Where the word is looked for that has the thread's state, in words around fsbase: above it
 * glibc has the thread's control block, with the values of its first keys; below it are TLS
 * variables.
 */
#define WORDS_BELOW 64
#define WORDS_ABOVE 288
#define WORDS_ALL   (WORDS_BELOW + WORDS_ABOVE)

struct thread {
	uint64_t state;
	uint64_t id; /* pthread_self(): fsbase */
	uint64_t interpreter;
};

struct threads {
	struct thread list[THREADS_MAX];
	size_t cnt;
};

/* A thread that is being made has no id yet, and a list that changes may lead nowhere. */
static void list_threads_of(struct process_memory *memory, const struct interpreter *info,
			    uint64_t interpreter, struct threads *out)
{
	uint64_t at = interpreter + info->off[PYTHON_INTERPRETER_THREADS];

	for (int i = 0; i < THREADS_MAX && out->cnt < THREADS_MAX; i++) {
		struct thread *thread = &out->list[out->cnt];

		if (process_memory_word(memory, at, &thread->state) || !thread->state ||
		    process_memory_word(memory, thread->state + info->off[PYTHON_THREAD_ID],
					&thread->id))
			return;
		thread->interpreter = interpreter;
		out->cnt += thread->id != 0;
		at = thread->state + info->off[PYTHON_THREAD_NEXT];
	}
}

static void list_threads(struct process_memory *memory, const struct interpreter *info,
			 struct threads *out)
{
	uint64_t at = info->root[0] + info->off[PYTHON_RUNTIME_INTERPRETERS], interpreter;

	out->cnt = 0;
	for (int i = 0; i < INTERPRETERS_MAX; i++) {
		if (process_memory_word(memory, at, &interpreter) || !interpreter)
			return;
		list_threads_of(memory, info, interpreter, out);
		at = interpreter + info->off[PYTHON_INTERPRETER_NEXT];
	}
}

/* Is the object at ADDRESS of the type "code"?  Of that type nothing but its name is as certain. */
static bool is_code(struct process_memory *memory, const struct interpreter *info, uint64_t address)
{
	static const char name[] = "code";
	char found[sizeof(name)];
	uint64_t type, text;

	if (info->flags & PYTHON_TAGGED)
		address &= ~1ull;
	return !process_memory_word(memory, address + info->off[PYTHON_OBJECT_TYPE], &type) &&
	       !process_memory_word(memory, type + info->off[PYTHON_TYPE_NAME], &text) &&
	       !process_memory_read(memory, text, found, sizeof(found)) &&
	       !memcmp(found, name, sizeof(name));
}

static uint64_t innermost_frame(struct process_memory *memory, const struct interpreter *info,
				uint64_t state)
{
	uint64_t frame;

	if (process_memory_word(memory, state + info->off[PYTHON_THREAD_FRAME], &frame))
		return 0;
	if (frame && info->flags & PYTHON_CFRAME &&
	    process_memory_word(memory, frame + info->off[PYTHON_CFRAME_FRAME], &frame))
		return 0;
	return frame;
}

/*
 * Look at the frames of a thread until one has code where the offsets say.  -EAGAIN: there is none
 * that could have; -ENOTSUP: none has.
 */
static int check_thread(struct process_memory *memory, const struct interpreter *info,
			uint64_t state)
{
	uint64_t frame = innermost_frame(memory, info, state), code, mark;
	int err = -EAGAIN;

	for (int depth = 0; frame && depth < FRAMES_MAX; depth++) {
		if (process_memory_word(memory, frame + info->off[PYTHON_FRAME_CODE], &code) ||
		    process_memory_word(memory, frame + info->off[PYTHON_FRAME_MARK], &mark))
			return -ENOTSUP;
		if (!(info->flags & PYTHON_SHIM_MARK) || (uint8_t)mark < PYTHON_OWNER_SHIM) {
			if (is_code(memory, info, code))
				return 0;
			err = -ENOTSUP;
		}
		if (process_memory_word(memory, frame + info->off[PYTHON_FRAME_PREVIOUS], &frame))
			break;
	}
	return err;
}

/* The offsets are right if they are for one thread; others may be in the making. */
static int check_threads(struct process_memory *memory, const struct interpreter *info,
			 const struct threads *threads)
{
	int err = -EAGAIN;

	for (size_t i = 0; err && i < threads->cnt && i < CHECKED_MAX; i++) {
		int found = check_thread(memory, info, threads->list[i].state);

		if (found != -EAGAIN)
			err = found;
	}
	return err;
}

/*
 * Give points to the words that have the thread's state.  From 3.15 on CPython has two TLS variables
 * and no key: the one with the interpreter behind it is NULL without the GIL, and gets less.
 */
static void count_words(struct process_memory *memory, const struct thread *thread, int first,
			int cnt, uint16_t *points)
{
	uint64_t words[WORDS_ABOVE];

	if (process_memory_read(memory, thread->id + (int64_t)first * 8, words, 8 * (size_t)cnt))
		return;
	for (int i = 0; i < cnt; i++) {
		bool is_current = i + 1 < cnt && words[i + 1] == thread->interpreter;

		if (words[i] == thread->state)
			points[i] += is_current ? 2 : 3;
	}
}

/*
 * Find the word that has the state of most threads: of some it may not be set yet, others are not
 * the thread's only one.  Of several the first above fsbase: a TLS variable is NULL while the
 * thread does not hold the GIL, which keys are not; and other keys are younger than CPython's.
 */
static int find_slot(struct process_memory *memory, const struct threads *threads, int32_t *slot)
{
	uint16_t above[WORDS_ABOVE] = { 0 }, below[WORDS_BELOW] = { 0 };
	uint16_t most = 0;

	for (size_t i = 0; i < threads->cnt; i++) {
		count_words(memory, &threads->list[i], 0, WORDS_ABOVE, above);
		count_words(memory, &threads->list[i], -WORDS_BELOW, WORDS_BELOW, below);
	}
	for (int i = 0; i < WORDS_ALL; i++) {
		bool is_above = i < WORDS_ABOVE;
		uint16_t points = is_above ? above[i] : below[i - WORDS_ABOVE];

		if (points > most) {
			most = points;
			*slot = 8 * (is_above ? i : i - WORDS_ALL);
		}
	}
	return most ? 0 : -ENOTSUP;
}

/* One look at a process that goes on meanwhile. */
static int look(struct process_memory *memory, const struct interpreter *info, int32_t *slot)
{
	struct threads threads;
	int err;

	list_threads(memory, info, &threads);
	err = check_threads(memory, info, &threads);
	return err ? err : find_slot(memory, &threads, slot);
}

int python_attach(struct process_memory *memory, const struct interpreter_file *file, uint64_t bias,
		  struct interpreter *out)
{
	int32_t slot;
	int err, found;

	*out = (struct interpreter){
		.kind = INTERPRETER_PYTHON,
		.version = file->version,
		.root = { file->root + bias },
	};
	err = file->root ? python_offsets_read(memory, out) : -ENOTSUP;
	if (err)
		return err == -EIO ? -EAGAIN : err;
	err = -ENOTSUP;
	/* A thread that changes its interpreter has no key for a moment: TLS is believed at last. */
	for (int i = 0; i < TRIES && (err ? err == -ENOTSUP : out->slot < 0); i++) {
		found = look(memory, out, &slot);
		if (!found)
			out->slot = slot;
		if (err)
			err = found;
	}
	return err;
}
