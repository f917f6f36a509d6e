/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opener_process.h - the process that opens foreign files, and may wait for one without end.
 *
 * A network file system whose server is silent keeps whoever opens, looks at or closes a file, and not
 * even SIGKILL ends that.  So another process does it, which has its table of open files in common
 * with this one: what it opens is open here.  The process that samples waits for it as long as
 * samples can wait, closes no such file, and when it ends leaves the table to the opener.
 *
 * Source:    symbolize/process/mapped.h, symbolize/elf/opener.h, by threads of the opener's own.
 * Ownership: opener_process_close() ends it, unless it waits.
 * Errors:    0 or a negative errno, those of the functions above; -ETIMEDOUT: there was no answer in
 *            time, and files of that device are not tried again: devices.h.
 * Threads:   one.
 */
#ifndef PROFILER_PARSING_OPENER_PROCESS_H
#define PROFILER_PARSING_OPENER_PROCESS_H

#include "symbolize/elf/opener.h"

struct opener_process;

/* Start it, while there is one thread. */
int opener_process_open(struct opener_process **out);
void opener_process_close(struct opener_process *process); /* NULL is fine */

/* The opener for symbolize/. */
const struct opener *opener_process_opener(const struct opener_process *process);

/* No samples wait any more: from now on a slow disk has its time. */
void opener_process_be_patient(struct opener_process *process);

#endif /* PROFILER_PARSING_OPENER_PROCESS_H */
