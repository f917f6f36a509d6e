/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * helpers.h - what the processes take that wick has beside itself: the writer, the fetcher, the
 * zygote and its parsers.
 *
 * Source:    proc_pid_stat(5), and /proc/PID/task/TID/children, without which it is nothing.
 * Threads:   the one that started them.
 */
#ifndef PROFILER_SOURCE_HELPERS_H
#define PROFILER_SOURCE_HELPERS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * CPU time, of those that have ended as well, to the hundredth of a second; but not of COMMAND,
 * which is a child of ours, too.  0: there is none.
 */
uint64_t helpers_cpu_ns(pid_t command);

#endif /* PROFILER_SOURCE_HELPERS_H */
