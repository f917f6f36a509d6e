/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sampling.h - the loop of `wick record`, from the first tick to the last.
 *
 * Errors:  0 or a negative errno; the reason has been logged but for that of the source's start.
 * Threads: the session's first one.
 */
#ifndef PROFILER_COMMANDS_SAMPLING_H
#define PROFILER_COMMANDS_SAMPLING_H

struct session;

/*
 * Sample until the target, the time or the user ends it.  -ENOENT and -EACCES may be those
 * of the command that was to be started.
 */
int sampling_run(struct session *session);

#endif /* PROFILER_COMMANDS_SAMPLING_H */
