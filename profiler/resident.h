/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resident.h - how much memory a process counts as its own while it waits.
 *
 * Code and constants are files' pages that all processes of a program share.  Each one counts
 * them all the same, 64 KiB for each place that it has touched, and most of what a start touches
 * is never needed again.  Whoever lets go of such a page has it back, from the file, at the
 * next touch, for a microsecond.
 *
 * Source:  dl_iterate_phdr(3): the segments of the program and its libraries that nobody writes.
 * Errors:  none: what cannot be let go of stays.
 * Threads: any; what another one runs is back at once.
 */
#ifndef PROFILER_RESIDENT_H
#define PROFILER_RESIDENT_H

/* Let go of the code and the constants that were touched so far, and of memory that was freed. */
void resident_drop(void);

/* Let go of them if SOCKET has nothing to be read for long. */
void resident_wait(int socket);

#endif /* PROFILER_RESIDENT_H */
