/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * look.h - one look at the threads of a process: what a source says of each of them, with the
 * frames of the process's interpreter, which are read from its memory.
 *
 * The process goes on, and its memory may be slow: who looks waits for it.
 *
 * Source:    copies of thread_source.h, /proc/PID/mem.
 * Ownership: look_fini(), also after an error; the tracker, the memory and the sink are borrowed.
 * Errors:    0 or a negative errno.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_LOOK_H
#define PROFILER_RECORDING_LOOK_H

#include "profiler/id_map.h"
#include "profiler/recording/interpreters.h"
#include "profiler/source/source.h"

struct sample_code;

struct look {
	int memory;			     /* an open /proc/PID/mem */
	const struct interpreter_plug *plug; /* NULL: native frames only */
	struct interpreter interpreter;
	struct source_sink to;
	struct interpreter_stack *stack;
	struct sample_code *code;
	struct id_map told; /* addresses of code that `to` was told of */
	struct look_thread {
		uint32_t tid, state;
	} * threads;
	size_t thread_cnt, thread_cap;
};

/* INTERPRETER is how the process is walked; NULL: it is not. */
int look_init(struct look *look, int memory, const struct interpreter *interpreter,
	      const struct source_sink *to);
void look_fini(struct look *look);

/* The sink for the source: it hands everything on. */
struct source_sink look_sink(struct look *look);

/* The state of thread TID, THREAD_* of bpf/threads.h; false: none was told. */
bool look_state(const struct look *look, uint32_t tid, uint32_t *state);

#endif /* PROFILER_RECORDING_LOOK_H */
