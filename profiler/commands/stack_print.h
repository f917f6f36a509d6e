/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack_print.h - a thread and its frames as lines of text, the innermost first.
 *
 * Ownership: all is borrowed.  What the profiled process chose is shown inert.
 * Errors:    those of the stream.
 */
#ifndef PROFILER_COMMANDS_STACK_PRINT_H
#define PROFILER_COMMANDS_STACK_PRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct sym_answer;

/* STATE is THREAD_* of bpf/threads.h; NULL: it is not known.  COMM has COMM_LEN bytes. */
void stack_print_thread(FILE *f, uint32_t tid, const char *comm, const uint32_t *state);

/*
 * The frame at address IP: a line for it, and one for each function that is inlined there.  What has
 * no name has its address, in its file if that is known.
 */
void stack_print_frame(FILE *f, uint64_t ip, bool is_kernel, const struct sym_answer *answer);

/* The stack of LANGUAGE, of native code if that is NULL, goes on, but nobody knows where. */
void stack_print_incomplete(FILE *f, const char *language);

#endif /* PROFILER_COMMANDS_STACK_PRINT_H */
