/* SPDX-License-Identifier: BSD-2-Clause */
/* no_samples.h - why a recording has none, as far as the CPU time that was used tells. */
#ifndef PROFILER_COMMANDS_NO_SAMPLES_H
#define PROFILER_COMMANDS_NO_SAMPLES_H

struct session;

/* Log it, when the sampling is over. */
void no_samples_explain(const struct session *session);

#endif /* PROFILER_COMMANDS_NO_SAMPLES_H */
