/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * locations.h - the recording as a pprof file: not only names, but where they are.
 *
 * The profile of names does not know addresses, so this goes through the samples
 * once more, by the answers that the report kept.
 *
 * Errors: 0 or a negative errno.
 */
#ifndef PROFILER_REPORT_LOCATIONS_H
#define PROFILER_REPORT_LOCATIONS_H

#include "profiler/report/report.h"

#include <stdio.h>

int locations_write(const struct report *report, const struct ledger *ledger, FILE *f);

#endif /* PROFILER_REPORT_LOCATIONS_H */
