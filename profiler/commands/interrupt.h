/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt.h - the signals that end a recording: Ctrl-C, kill, and the end of the terminal.
 *
 * While it samples they are read as data (sampling.c), and the first of them ends that.  In the
 * report the next one is remembered, so that what is slow can be left out, and the one after
 * that ends wick as if nobody had cared.
 *
 * Threads: one calls these; the signals may come to any.
 */
#ifndef PROFILER_COMMANDS_INTERRUPT_H
#define PROFILER_COMMANDS_INTERRUPT_H

#include <signal.h>
#include <stdint.h>

/*
 * SIGINT, SIGTERM, and SIGHUP unless it is ignored, as nohup(1) has it; and SIGXCPU, of which
 * there is one each second from the soft limit of CPU time on: the report goes by the hard one.
 */
void interrupt_signals(sigset_t *out);

/*
 * From here on the first signal is remembered; they are no longer blocked.  Half a second from
 * FIRST_MS, when one has ended the sampling (0: none has), is not long enough for another
 * thought: timeout(1) sends each signal twice.
 */
void interrupt_begin(int64_t first_ms);

/* The one that came since; 0: none. */
int interrupt_came(void);

/* From here on the first signal ends wick. */
void interrupt_end(void);

#endif /* PROFILER_COMMANDS_INTERRUPT_H */
