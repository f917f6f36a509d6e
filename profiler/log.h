/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.h - what wick says on stderr.  Every error names the object, the reason
 * and the remedy: "cannot read /proc/123/maps: Permission denied (try sudo)".
 *
 * Threads: one.
 */
#ifndef PROFILER_LOG_H
#define PROFILER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum log_level { LOG_QUIET = -1, LOG_NORMAL, LOG_VERBOSE, LOG_DEBUG };

void log_set_level(enum log_level level);

/* "wick: ..." whatever the level. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Was there one? */
bool log_error_said(void);
/* "wick: ..." unless quiet. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Plain text at LEVEL and above. */
void log_print(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * One line that the next one overwrites, only on a terminal; "" wipes it.  The
 * functions above wipe it by themselves.
 */
void log_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Pass libbpf's messages on at LOG_DEBUG and keep the last of them, so that a
 * refused program can be shown with the verifier's reasons.
 */
void log_capture_libbpf(void);
const char *log_libbpf_output(void);

/*
 * TEXT for a terminal: what it would obey, or not show as it is (printable.h), becomes '?';
 * newlines and tabs stay.  Messages on stderr go through this by themselves.
 */
void log_put(const char *text, FILE *f);
void log_put_bytes(const char *text, size_t len, FILE *f);

/* Copy SRC in the same way, newlines and tabs too, cut to DST_SIZE - 1 bytes. */
const char *log_printable(const char *src, char *dst, size_t dst_size);

#endif /* PROFILER_LOG_H */
