/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json.h - any bytes as a string of JSON.
 *
 * A path, or the name of a function, is whatever bytes somebody put there; JSON is UTF-8.
 * Bytes that are not become U+FFFD each, and what a terminal would obey is escaped.
 *
 * Source:    RFC 8259, section 7.
 * Errors:    those of the stream, which the caller asks for.
 */
#ifndef PROFILER_JSON_H
#define PROFILER_JSON_H

#include <stdio.h>

/* TEXT with its quotes. */
void json_put_string(const char *text, FILE *f);

#endif /* PROFILER_JSON_H */
