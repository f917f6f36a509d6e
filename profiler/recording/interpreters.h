/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interpreters.h - which processes have an interpreter, and how the BPF program walks its frames.
 *
 * What is found out of one process is true of all that run the same program with the same
 * interpreter: they are walked from their first tick.  It is believed of processes of the same user
 * alone, or of all if root's said it: the memory it is found in is the process's to write.  A user may
 * have as many interpreters as are free for others.
 *
 * Source:    the tables of mapped files say which file is an interpreter; /proc/PID/mem says the
 *            rest, which is looked at by a parser.
 * Ownership: interpreters_close().
 * Errors:    0 or a negative errno; an interpreter that cannot be walked is no error: its processes
 *            have native frames.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_INTERPRETERS_H
#define PROFILER_RECORDING_INTERPRETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/interpreters/unread.h"
#include "profiler/recording/tracked.h"
#include "profiler/tables/spaces.h"

struct interpreters;
struct process;

/* Who looks into a process's memory: as interpreter_plug.attach(). */
struct interpreter_attacher {
	int (*attach)(void *ctx, int memory, const struct interpreter_file *file, uint64_t bias,
		      struct interpreter *out);
	void *ctx;
};

/* KERNEL has the BPF program's array `interpreters`. */
int interpreters_open(struct tables *tables, const struct kernel_tables *kernel,
		      const struct interpreter_attacher *attacher, struct interpreters **out);
void interpreters_close(struct interpreters *in); /* NULL is fine */

/*
 * What unwind_process.flags say of the interpreter of PROCESS, which maps these files; 0: it has none,
 * or it is not read: OF keeps why, that it is counted once.  If it is not yet so far,
 * interpreters_due() has it soon.  OF's evaluator is set if the file says where that is.
 */
uint32_t interpreters_flags(struct interpreters *in, const struct process *process,
			    const struct space_mapping *mappings, size_t cnt,
			    struct tracked_interpreter *of);

/*
 * How the frames of PROCESS, whose open /proc/PID/mem MEMORY is, are found, for who looks at it
 * once.  *FILE is its interpreter; -ENOENT: it has none, else the errors are those of attach().
 */
int interpreters_look(struct tables *tables, const struct interpreter_attacher *attacher,
		      int memory, const struct process *process,
		      const struct space_mapping *mappings, size_t cnt,
		      struct interpreter_code *evaluator, struct interpreter_file *file,
		      struct interpreter *out);

/* Is there a process that is to be asked about again now?  It is *TGID, by interpreters_flags(). */
bool interpreters_due(struct interpreters *in, uint32_t *tgid);

/* How soon one is, at the most MOST_MS. */
int interpreters_wait_ms(const struct interpreters *in, int most_ms);

/* TGID has ended. */
void interpreters_forget(struct interpreters *in, uint32_t tgid);

/* Processes whose interpreter is not read, by what it is and why. */
#define UNREAD_ROWS 16

struct interpreters_unread {
	struct unread_row {
		struct interpreter_file file;
		enum interpreter_unread why;
		uint64_t processes;
	} rows[UNREAD_ROWS];
	size_t cnt;
	uint64_t others; /* processes for which there was no row */
};

void interpreters_unread(const struct interpreters *in, struct interpreters_unread *out);

#endif /* PROFILER_RECORDING_INTERPRETERS_H */
