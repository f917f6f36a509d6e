/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * locations.h - the recording as a pprof file: not only names, but where they are.
 *
 * The profile of names does not know addresses, so this walks the samples once more and
 * takes the answers that the report has kept.
 *
 * Units:     values are ticks of the rate asked for, and nanoseconds if the event is a clock.
 * Ownership: the report, the ledger and the stream are the caller's.
 * Errors:    0 or a negative errno, also the stream's.
 */
#ifndef PROFILER_REPORT_LOCATIONS_H
#define PROFILER_REPORT_LOCATIONS_H

#include <stdio.h>

#include "profiler/report/report.h"

/* The ledger goes into the file as its comment. */
int locations_write(const struct report *report, const struct ledger *ledger, FILE *f);

#endif /* PROFILER_REPORT_LOCATIONS_H */
