/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * terminal.h - the signals that a terminal sends to all processes of its foreground.
 *
 * Threads: for the process, whatever its threads do.
 */
#ifndef PROFILER_GUARD_TERMINAL_H
#define PROFILER_GUARD_TERMINAL_H

/*
 * Outlive them: the process that this one works for decides what they mean, and its end is the
 * end of both.  What is executed inherits that.
 */
void terminal_ignore_signals(void);

#endif /* PROFILER_GUARD_TERMINAL_H */
